// SPDX-License-Identifier: Apache-2.0

/// How often something was seen, and from when to when.
struct Sightings {
    private(set) var checks: UInt64 = 0
    /// Of those, in checks that a policy has let through.
    private(set) var expected: UInt64 = 0
    private var first = Int32.max
    private var latest = Int32.min

    mutating func add(_ event: ObservedEvent) {
        checks = Sightings.sum(checks, event.checks)
        if event.isExpected { expected = Sightings.sum(expected, event.checks) }
        first = min(first, event.day)
        latest = max(latest, event.day)
    }

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    var firstDay: String { DateText.text(days: first) }
    var lastDay: String { DateText.text(days: latest) }

    /// Such as "from 2026-11-01 to 2026-11-28".
    var days: String { first == latest ? "on \(firstDay)" : "from \(firstDay) to \(lastDay)" }

    var json: [(name: String, value: JSON)] {
        [("checks", .unsigned(checks)), ("first_seen", .string(firstDay)), ("last_seen", .string(lastDay))]
    }
}
