// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Rule {
    /// What the rule says beside its pins, as a policy does, where that is not the default.
    var settings: [String] {
        var lines: [String] = []
        if enforcement != .enforce { lines.append("enforcement = \(enforcement.name)") }
        if includesSubdomains { lines.append("include-subdomains = yes") }
        if match != .any { lines.append("match = \(match.name)") }
        if maxDepth > 0 { lines.append("max-depth = \(maxDepth)") }
        if rolloutPercent < 100 { lines.append("rollout-percent = \(rolloutPercent)") }
        if expiryDay >= 0 {
            lines.append("expires = \(DateText.text(days: expiryDay))")
            lines.append("on-expiry = \(refusesOnExpiry ? "refuse" : "allow")")
        }
        if requiredSCTs > 0 { lines.append("require-scts = \(requiredSCTs)") }
        if allowsSinglePin { lines.append("allow-single-pin = yes") }
        return lines
    }
}
