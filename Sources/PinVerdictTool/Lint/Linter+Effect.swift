// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Settings that do nothing, or not what they seem to.
extension Linter {
    mutating func checkEffect() {
        let shared = file.shared
        let policy = shared.policy
        let ceiling = policy.settings.enforcement
        if ceiling == .off {
            let line = file.lines.setting("enforcement", in: file.lines.policy)?.line
            warn(.enforcementOff, line, "the policy is off: no rule decides, and every connection is allowed")
        }
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            checkReach(number, rule, policy)
            if rule.enforcement == .off {
                checkOffRule(number, rule, policy)
                continue
            }
            if rule.maxDepth > 0 { checkDepth(number, rule, policy) }
            if rule.rolloutPercent < 100 { checkRollout(number, rule, ceiling) }
            if ceiling == .reportOnly, rule.enforcement == .enforce,
                let setting = file.lines.setting("enforcement", in: file.lines.rule(number))
            {
                warn(
                    .noEffect, setting.line,
                    "enforcement = enforce has no effect in \(name(ofRule: number)): [policy] is report-only")
            }
        }
    }

    /// Of all rules only a wildcard can have no host that it decides for: where no name below it is short enough.
    private mutating func checkReach(_ number: Int, _ rule: Rule, _ policy: borrowing Policy) {
        guard rule.isWildcard, policy.name(of: rule).count + 2 > HostName.maximumLength else { return }
        warn(
            .neverDecides, line(ofRule: number),
            "the rule can never decide: with one more label no host name is this long")
    }

    private mutating func checkOffRule(_ number: Int, _ rule: Rule, _ policy: borrowing Policy) {
        guard pinNumbers(of: rule).isEmpty, !rule.rejectsKeys else {
            warn(.ruleOff, line("enforcement", ofRule: number), "\(name(ofRule: number)) is off: its pins do nothing")
            return
        }
        guard !policy.settings.refusesUnpinnedHosts, !policy.settings.rejectsKeys, !isCovered(rule, policy)
        else { return }
        let message = "\(name(ofRule: number)) is off, and has no effect: no other rule covers it"
        warn(.noEffect, line(ofRule: number), message)
    }

    /// Whether another rule, in whatever environment, decides for the rule's hosts where it does not.
    private func isCovered(_ rule: Rule, _ policy: borrowing Policy) -> Bool {
        let name = policy.name(of: rule)
        if rule.isWildcard, includesSubdomains(name, policy) { return true }
        var candidates = HostCandidates(above: name)
        while let candidate = candidates.next() {
            if candidates.kind == .ancestor {
                if includesSubdomains(candidate, policy) { return true }
            } else if !rule.isWildcard, policy.find(candidate, isWildcard: true, environment: nil) != nil {
                return true
            }
        }
        return false
    }

    private func includesSubdomains(_ name: Span<UInt8>, _ policy: borrowing Policy) -> Bool {
        let environments = [nil] + (0..<policy.environmentCount).map { $0 }
        return environments.contains { environment in
            policy.find(name, isWildcard: false, environment: environment).map { policy.rules[$0].includesSubdomains }
                ?? false
        }
    }

    private mutating func checkDepth(_ number: Int, _ rule: Rule, _ policy: borrowing Policy) {
        let line = line("max-depth", ofRule: number)
        if rule.match == .root {
            warn(
                .outOfReach, line,
                "max-depth = \(rule.maxDepth) hides the root of every path longer than that from match = root")
            return
        }
        var looksBehindLeaf = false
        for pin in pinNumbers(of: rule) {
            let traits = policy.traits(ofPin: pin)
            if traits.list != .leaf { looksBehindLeaf = true }
        }
        if rule.match == .leaf || !looksBehindLeaf {
            warn(.noEffect, line, "max-depth has no effect in \(name(ofRule: number)): its pins are for the leaf alone")
        } else if rule.maxDepth == Limits.certificates {
            warn(.noEffect, line, "max-depth = \(Limits.certificates) has no effect: no longer path is taken")
        }
    }

    private mutating func checkRollout(_ number: Int, _ rule: Rule, _ ceiling: Enforcement) {
        let line = line("rollout-percent", ofRule: number)
        if ceiling == .reportOnly || rule.enforcement == .reportOnly {
            let who = rule.enforcement == .reportOnly ? "it" : "[policy]"
            warn(.noEffect, line, "rollout-percent has no effect in \(name(ofRule: number)): \(who) is report-only")
        } else if rule.rolloutPercent == 0 {
            warn(.neverEnforced, line, "rollout-percent = 0 enforces \(name(ofRule: number)) nowhere")
        }
    }
}
