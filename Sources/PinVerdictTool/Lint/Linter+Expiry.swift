// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Pins that have expired, or soon will, and a policy that has become stale.
extension Linter {
    mutating func checkExpiry() {
        let shared = file.shared
        let policy = shared.policy
        checkValidity(policy.settings)
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard let end = rule.expiry, rule.enforcement != .off else { continue }
            guard isNear(end) else { continue }
            let line = line("expires", ofRule: number)
            let pins = "the pins of \(name(ofRule: number))"
            let date = DateText.text(days: rule.expiryDay)
            if now.seconds < end {
                warn(.expiresSoon, line, "\(pins) expire at the end of \(date), \(days(until: end))")
            } else {
                let result = rule.refusesOnExpiry ? "it refuses every connection" : "it pins nothing any more"
                warn(.expired, line, "\(pins) expired on \(date); \(result)")
            }
        }
    }
    private mutating func checkValidity(_ settings: PolicySettings) {
        guard let end = settings.validUntil, isNear(end) else { return }
        let line = file.lines.setting("valid-until", in: file.lines.policy)?.line
        let date = DateText.text(days: Int32(end / 86400 - 1))
        if now.seconds < end {
            let result = settings.refusesWhenStale ? "and is not loaded after that" : "and loads all the same"
            warn(.staleSoon, line, "the policy is stale after \(date), \(days(until: end)), \(result)")
        } else {
            let result = settings.refusesWhenStale ? "it is not loaded" : "it loads all the same"
            warn(.stale, line, "the policy has been stale since the end of \(date); \(result)")
        }
    }

    func isNear(_ end: Int64) -> Bool { now.seconds >= end - 30 * 86400 }

    func days(until end: Int64) -> String { "in \(counted(Int((end - now.seconds) / 86400), "day"))" }
}
