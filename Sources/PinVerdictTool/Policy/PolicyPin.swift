// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A pin of a policy, and where it stands.
struct PolicyPin {
    let digest: Digest
    let traits: PinTraits
    let line: Int?
    /// The set that it stands in.
    let set: String?

    /// The key that it was written with.
    var key: String {
        let name = traits.keyName
        return String(name.span)
    }

    var json: JSON {
        .object([
            ("key", .string(key)), ("digest", .string(digest.base64)), ("line", JSON(line)), ("pin_set", JSON(set)),
        ])
    }
}

extension PolicyFile {
    /// The pins of a rule and of the sets that it names.
    func pins(of rule: Rule) -> [PolicyPin] {
        let policy = shared.policy
        var pins: [PolicyPin] = []
        policy.forEachPin(of: rule) { number, set in
            pins.append(
                PolicyPin(
                    digest: policy.digest(ofPin: number), traits: policy.traits(ofPin: number),
                    line: lines.line(ofPin: number), set: set.map { lines.setName($0) }))
        }
        return pins
    }

    /// The keys that a rule and the sets that it names reject, in their order.
    func rejectedKeys(ofRule number: Int) -> [PolicyPin] {
        let policy = shared.policy
        let rule = policy.rules[number]
        guard rule.rejectsKeys else { return [] }
        let sets = (0..<policy.setCount(of: rule)).map { policy.setNumber($0, of: rule) }
        return rejectedKeys(by: .rule(number)) + sets.flatMap { rejectedKeys(by: .set($0)) }
    }

    /// The keys that the policy rejects for every host.
    var rejectedKeys: [PolicyPin] { rejectedKeys(by: .policy) }

    private func rejectedKeys(by rejecter: RejectedKey.Rejecter) -> [PolicyPin] {
        let policy = shared.policy
        let keys = policy.rejectedKeys
        var found: [PolicyPin] = []
        for index in 0..<keys.count where keys[index].rejecter == rejecter {
            let set: String? = if case .set(let number) = rejecter { lines.setName(number) } else { nil }
            found.append(PolicyPin(digest: keys[index].digest, traits: .rejected, line: keys[index].line, set: set))
        }
        return found.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    }
}
