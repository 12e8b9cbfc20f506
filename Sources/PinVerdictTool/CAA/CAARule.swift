// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A rule that says by whom its certificates are issued.
struct CAARule {
    /// The host's pattern.
    let pattern: String
    let line: Int?
    let issuers: [String]

    var isWildcard: Bool { pattern.hasPrefix("*.") }
    /// The name whose records hold.
    var name: String { isWildcard ? String(pattern.dropFirst(2)) : pattern }
    /// The name above, whose records hold for the wildcard that covers the host; nil for a name of one label.
    var parent: String? {
        let rest = name.drop { $0 != "." }.dropFirst()
        return rest.isEmpty ? nil : String(rest)
    }

    /// Those of a policy, in its order.
    static func all(of file: PolicyFile) -> [CAARule] {
        let policy = file.shared.policy
        return policy.rules.indices.compactMap { number in
            let rule = policy.rules[number]
            let pattern = String(policy.pattern(of: rule).span)
            guard HostName(Array(pattern.utf8).span)?.isAddress != true else { return nil }
            let section = file.lines.rule(number)
            let sets = (0..<policy.setCount(of: rule)).map { file.lines.set(policy.setNumber($0, of: rule)) }
            var issuers: [String] = []
            for value in ([section] + sets).compactMap({ file.lines.setting("caa-issuer", in: $0)?.value }) {
                let names = value.lowercased().split { $0 == " " || $0 == "\t" }.map(String.init)
                for name in names where !issuers.contains(name) { issuers.append(name) }
            }
            guard !issuers.isEmpty else { return nil }
            return CAARule(pattern: pattern, line: section?.line, issuers: issuers)
        }
    }
}
