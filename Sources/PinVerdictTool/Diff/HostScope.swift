// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Hosts that rules of a policy tell from others: one name, or all names below one that no rule names.
struct HostScope: Hashable, Comparable {
    enum Depth: Int { case itself, oneLabelBelow, deeper }

    let name: String
    let depth: Depth

    /// `example.com`, `*.example.com` for other names one label below it, `**.example.com` for those deeper.
    var text: String {
        switch depth {
        case .itself: name
        case .oneLabelBelow: "*." + name
        case .deeper: "**." + name
        }
    }

    static func < (left: HostScope, right: HostScope) -> Bool {
        (left.name, left.depth.rawValue) < (right.name, right.depth.rawValue)
    }

    /// Adds those that the rules of a policy tell apart.
    static func insert(of file: PolicyFile, into scopes: inout Set<HostScope>) {
        let policy = file.shared.policy
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            let name = String(policy.name(of: rule))
            if !rule.isWildcard { scopes.insert(HostScope(name: name, depth: .itself)) }
            if rule.isWildcard || rule.includesSubdomains {
                scopes.insert(HostScope(name: name, depth: .oneLabelBelow))
            }
            if rule.includesSubdomains { scopes.insert(HostScope(name: name, depth: .deeper)) }
        }
    }

    /// One of the hosts, which no rule of the policies names; nil where there is none, as the name is too long.
    func sample(_ files: [PolicyFile]) -> HostName? {
        var sample = name
        for _ in 0..<depth.rawValue {
            let parent = sample
            var number = 0
            repeat {
                sample = "x\(number == 0 ? "" : String(number)).\(parent)"
                number += 1
            } while files.contains { HostScope.isNamed(sample, in: $0) }
        }
        return HostName(Array(sample.utf8).span)
    }

    private static func isNamed(_ name: String, in file: PolicyFile) -> Bool {
        let policy = file.shared.policy
        let bytes = Array(name.utf8)
        return [false, true].contains {
            policy.find(bytes.span, isWildcard: $0, environment: nil) != nil
        }
    }
}
