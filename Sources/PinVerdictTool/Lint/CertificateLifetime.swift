// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// How long certificates of public authorities may be valid: CA/Browser Forum, Baseline Requirements 6.3.2, as ballot
/// SC-081v3 has it.
enum CertificateLifetime {
    private static let steps: [(from: StaticString, days: Int)] = [
        ("2026-03-15", 200), ("2027-03-15", 100), ("2029-03-15", 47),
    ]

    /// Such as "200 days, 100 from 2027-03-15, 47 from 2029-03-15".
    static func words(at now: Moment) -> String {
        var current = 398
        var coming = ""
        for (from, days) in steps {
            let text = String(from)
            if let day = PolicyDate.days(Array(text.utf8).span), Int64(day) * 86400 <= now.seconds {
                current = days
            } else {
                coming += ", \(days) from \(text)"
            }
        }
        return "\(current) days\(coming)"
    }
}
