// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A rule that is to be written for another system.
struct ExportedRule {
    let number: Int
    let rule: Rule
    /// Without `*.`.
    let name: String
    let isAddress: Bool
    /// How strictly it is meant in the end, by `[policy]` and the rollout.
    let enforcement: Enforcement
    /// Its pins have expired, by the system's clock.
    let hasExpired: Bool
    /// Each once.
    let pins: [PolicyPin]
    let line: Int?
    /// Another rule would decide for its hosts if it were not there.
    let isCovered: Bool

    init(_ number: Int, in file: PolicyFile, environment: Int?) {
        let policy = file.shared.policy
        self.number = number
        rule = policy.rules[number]
        name = String(policy.name(of: rule))
        isAddress = HostName(policy.name(of: rule))?.isAddress ?? false
        isCovered = policy.rule(covering: rule, environment: environment) != nil
        hasExpired = rule.expiry.map { $0 <= Moment.current.seconds } ?? false
        let own = rule.enforcement == .enforce && rule.rolloutPercent == 0 ? Enforcement.reportOnly : rule.enforcement
        let ceiling = policy.settings.enforcement
        enforcement = own.rawValue < ceiling.rawValue ? own : ceiling
        var seen: Set<String> = []
        pins = file.pins(of: rule).filter { seen.insert("\($0.key) \($0.digest.base64)").inserted }
        line = file.lines.rule(number)?.line
    }

    var pattern: String { rule.isWildcard ? "*." + name : name }

    /// Keys that are pinned, those in use first: the order is all that other formats have to tell them by.
    func keys(where belongs: (PolicyPin) -> Bool = { _ in true }) -> [Digest] {
        let pins = pins.filter { $0.traits.kind == .spki && belongs($0) }
        var seen: Set<PinKey> = []
        return (pins.filter { !$0.traits.isBackup } + pins.filter(\.traits.isBackup)).map(\.digest)
            .filter { seen.insert(PinKey($0, .spki)).inserted }
    }
}
