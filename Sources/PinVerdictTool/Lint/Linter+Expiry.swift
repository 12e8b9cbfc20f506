// SPDX-License-Identifier: Apache-2.0

import PinVerdict

/// Pins that have expired, or soon will.
extension Linter {
    mutating func checkExpiry() {
        let shared = file.shared
        let policy = shared.policy
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard let end = rule.expiry, rule.enforcement != .off else { continue }
            guard now.seconds >= end - 30 * 86400 else { continue }
            let line = line("expires", ofRule: number)
            let pins = "the pins of \(name(ofRule: number))"
            let date = DateText.text(days: rule.expiryDay)
            if now.seconds < end {
                let days = counted(Int((end - now.seconds) / 86400), "day")
                warn(.expiresSoon, line, "\(pins) expire at the end of \(date), in \(days)")
            } else {
                let result = rule.refusesOnExpiry ? "it refuses every connection" : "it pins nothing any more"
                warn(.expired, line, "\(pins) expired on \(date); \(result)")
            }
        }
    }
}
