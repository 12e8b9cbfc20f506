// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Policy {
    /// The number of the rule that would decide for another one's hosts, or for some of them, if that one were not
    /// there; nil where none would.
    func rule(covering rule: Rule, environment: Int?) -> Int? {
        let name = name(of: rule)
        guard HostName(name)?.isAddress == false else { return nil }
        var candidates = HostCandidates(name, isAddress: false)
        while let candidate = candidates.next() {
            let kind: HostCandidates.Kind
            switch candidates.kind {
            // The rule itself, or that of the name that a wildcard's begins behind.
            case .exact where rule.isWildcard: kind = .ancestor
            case .wildcard where !rule.isWildcard: kind = .wildcard
            case .ancestor: kind = .ancestor
            default: continue
            }
            if case .decides(let number) = hosts.answer(kind, candidate, environment) { return number }
        }
        return nil
    }
}
