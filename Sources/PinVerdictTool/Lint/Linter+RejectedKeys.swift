// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Pins whose keys the policy rejects.
extension Linter {
    mutating func checkRejectedKeys() {
        let shared = file.shared
        let policy = shared.policy
        let keys = policy.rejectedKeys
        var rejections: [PinKey: [RejectedKey]] = [:]
        for index in 0..<keys.count { rejections[PinKey(keys[index].digest, .spki), default: []].append(keys[index]) }
        guard !rejections.isEmpty else { return }

        for number in policy.rules.indices {
            let rule = policy.rules[number]
            warnOfRejected(policy.ownPins(of: rule), .rule(number), rejections, policy)
            guard rule.enforcement != .off else { continue }
            checkHope(number, rule, rejections, policy)
            if policy.settings.enforcement == .enforce { checkSoftness(number, rule) }
        }
        for set in 0..<policy.setCount { warnOfRejected(policy.pins(ofSet: set), .set(set), rejections, policy) }
    }

    private mutating func warnOfRejected(
        _ pins: Range<Int>, _ section: RejectedKey.Rejecter, _ rejections: [PinKey: [RejectedKey]],
        _ policy: borrowing Policy
    ) {
        for pin in pins {
            let traits = policy.traits(ofPin: pin)
            guard traits.kind == .spki,
                let found = rejections[PinKey(policy.digest(ofPin: pin), .spki)]
            else { continue }
            let here = found.first { $0.rejecter == .policy || $0.rejecter == section }
            let place = (here ?? found.first).map { " on line \($0.line)" } ?? ""
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
            "\(name(ofRule: number)) \(state): keys that it or its sets reject are reported, and let through; "
                + "those of [policy] never are")
    }

    /// A rule refuses every path where some list has rejected keys alone.
    private mutating func checkHope(
        _ number: Int, _ rule: Rule, _ rejections: [PinKey: [RejectedKey]], _ policy: borrowing Policy
    ) {
        var sections: [RejectedKey.Rejecter] = [.policy, .rule(number)]
        for index in 0..<policy.setCount(of: rule) { sections.append(.set(policy.setNumber(index, of: rule))) }
        var present: Set<PinList> = []
        var hopeful: Set<PinList> = []
        for pin in pinNumbers(of: rule) {
            let traits = policy.traits(ofPin: pin)
            present.insert(traits.list)
            let found = rejections[PinKey(policy.digest(ofPin: pin), .spki)] ?? []
            let isRejected = traits.kind == .spki && found.contains { sections.contains($0.rejecter) }
            if !isRejected { hopeful.insert(traits.list) }
        }
        guard present != hopeful else { return }
        warn(
            .neverAllows, line(ofRule: number),
            "\(name(ofRule: number)) refuses every connection: the keys of all its pins, or of one list, are rejected")
    }
}
