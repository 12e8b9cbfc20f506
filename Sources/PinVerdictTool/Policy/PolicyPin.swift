// SPDX-License-Identifier: Apache-2.0

import PinVerdict

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
    /// The pins of a rule and of the sets that it names, its rejected keys included.
    func pins(of rule: Rule) -> [PolicyPin] {
        let policy = shared.policy
        var pins: [PolicyPin] = []
        policy.forEachPin(of: rule) { number, set in
            pins.append(pin(number, policy, set: set.map { lines.setName($0) }))
        }
        return pins
    }

    /// The keys that the policy rejects for every host.
    var rejectedKeys: [PolicyPin] {
        let policy = shared.policy
        return policy.rejectedKeys.map { pin($0, policy, set: nil) }
    }

    private func pin(_ number: Int, _ policy: borrowing Policy, set: String?) -> PolicyPin {
        PolicyPin(
            digest: policy.digest(ofPin: number), traits: policy.traits(ofPin: number),
            line: lines.line(ofPin: number), set: set)
    }
}
