// SPDX-License-Identifier: Apache-2.0

import PinVerdict

/// Pins whose keys the policy rejects.
extension Linter {
    /// Where a key is rejected.
    private enum Scope: Equatable {
        case policy
        case rule(Int)
        case set(Int)
    }

    mutating func checkRejectedKeys() {
        let shared = file.shared
        let policy = shared.policy
        var rejections: [PinKey: [(scope: Scope, pin: Int)]] = [:]
        func reject(_ pins: Range<Int>, _ scope: Scope, _ policy: borrowing Policy) {
            for pin in pins where policy.traits(ofPin: pin).isRejected {
                rejections[PinKey(policy.digest(ofPin: pin), .spki), default: []].append((scope, pin))
            }
        }
        reject(policy.rejectedKeys, .policy, policy)
        for number in policy.rules.indices { reject(policy.ownPins(of: policy.rules[number]), .rule(number), policy) }
        for set in 0..<policy.setCount { reject(policy.pins(ofSet: set), .set(set), policy) }
        guard !rejections.isEmpty else { return }

        for number in policy.rules.indices {
            let rule = policy.rules[number]
            warnOfRejected(policy.ownPins(of: rule), .rule(number), rejections, policy)
            guard rule.enforcement != .off else { continue }
            checkHope(number, rule, rejections, policy)
            if policy.settings.enforcement == .enforce { checkSoftness(number, rule, policy) }
        }
        for set in 0..<policy.setCount { warnOfRejected(policy.pins(ofSet: set), .set(set), rejections, policy) }
    }

    private mutating func warnOfRejected(
        _ pins: Range<Int>, _ scope: Scope, _ rejections: [PinKey: [(scope: Scope, pin: Int)]],
        _ policy: borrowing Policy
    ) {
        for pin in pins {
            let traits = policy.traits(ofPin: pin)
            guard !traits.isRejected, traits.kind == .spki,
                let found = rejections[PinKey(policy.digest(ofPin: pin), .spki)]
            else { continue }
            let here = found.first { $0.scope == .policy || $0.scope == scope }
            let place = (here ?? found.first).flatMap { file.lines.line(ofPin: $0.pin) }.map { " on line \($0)" } ?? ""
            warn(
                .rejectedPin, file.lines.line(ofPin: pin),
                here == nil
                    ? "the pin's key is rejected elsewhere,\(place)"
                    : "the pin can never match: its key is rejected\(place)")
        }
    }

    /// Where a rule does not enforce, a key that it or a set rejects is let through, unlike one that `[policy]`
    /// rejects.
    private mutating func checkSoftness(_ number: Int, _ rule: Rule) {
        guard rule.rejectsKeys, rule.enforcement == .reportOnly || rule.rolloutPercent < 100 else { return }
        let (key, state) =
            rule.enforcement == .reportOnly ? ("enforcement", "is report-only") : ("rollout-percent", "is a rollout")
        warn(
            .rejectedKeyAllowed, line(key, ofRule: number),
            "\(name(ofRule: number)) \(where_): keys that it or its sets reject are reported, and let through; "
                + "those of [policy] never are")
    }

    /// A rule refuses every path where some list has rejected keys alone.
    private mutating func checkHope(
        _ number: Int, _ rule: Rule, _ rejections: [PinKey: [(scope: Scope, pin: Int)]], _ policy: borrowing Policy
    ) {
        var scopes: [Scope] = [.policy, .rule(number)]
        for index in 0..<policy.setCount(of: rule) { scopes.append(.set(policy.set(index, of: rule))) }
        var present: Set<PinList> = []
        var hopeful: Set<PinList> = []
        for pin in pinNumbers(of: rule) {
            let traits = policy.traits(ofPin: pin)
            guard !traits.isRejected else { continue }
            present.insert(traits.list)
            let found = rejections[PinKey(policy.digest(ofPin: pin), .spki)] ?? []
            let isRejected = traits.kind == .spki && found.contains { scopes.contains($0.scope) }
            if !isRejected { hopeful.insert(traits.list) }
        }
        guard present != hopeful else { return }
        warn(
            .neverAllows, line(ofRule: number),
            "\(name(ofRule: number)) refuses every connection: the keys of all its pins, or of one list, are rejected")
    }
}
