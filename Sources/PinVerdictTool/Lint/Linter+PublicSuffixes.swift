// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Rules that cover the names of everybody who registers one.
extension Linter {
    mutating func checkPublicSuffixes() {
        guard let publicSuffixes else { return }
        let shared = file.shared
        let policy = shared.policy
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard rule.isWildcard || rule.includesSubdomains else { continue }
            let suffix = String(policy.name(of: rule))
            guard publicSuffixes.isPublicSuffix(suffix) else { continue }
            warn(
                .publicSuffix, rule.isWildcard ? line(ofRule: number) : line("include-subdomains", ofRule: number),
                "\(name(ofRule: number)) covers unrelated sites: anybody may register names below \(suffix)")
        }
    }
}
