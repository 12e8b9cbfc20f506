// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What of a policy is to be written for another system, and what that cannot express.
struct Export {
    /// What a rule may say beside its pins.
    enum Setting: CaseIterable { case rejectedKeys, rollout, maxDepth, match, lists, expiry, scts, kinds, backups }

    let file: PolicyFile
    /// The names that are asked for; none asks for all rules.
    let hosts: [HostName]
    let environment: Int?
    let rules: [ExportedRule]
    var losses: Losses

    init(_ file: PolicyFile, hosts: [HostName], environment: Int?) {
        self.file = file
        self.hosts = hosts
        self.environment = environment
        losses = Losses(of: file.file.name)
        let policy = file.shared.policy
        let asked = Set(hosts.compactMap { policy.rule(for: $0, environment: environment) })
        var rules: [ExportedRule] = []
        for number in policy.rules.indices
        where policy.exists(policy.rules[number], in: environment) && (hosts.isEmpty || asked.contains(number)) {
            rules.append(ExportedRule(number, in: file, environment: environment))
        }
        self.rules = rules
        losePolicy()
    }

    /// The rule that decides for a host.
    func rule(for host: HostName) -> ExportedRule? {
        let policy = file.shared.policy
        guard let number = policy.rule(for: host, environment: environment) else { return nil }
        return rules.first { $0.number == number }
    }

    private mutating func losePolicy() {
        let section = file.lines.policy
        if file.shared.settings.refusesUnpinnedHosts {
            losses.add(
                file.lines.setting("unpinned-hosts", in: section)?.line,
                "unpinned-hosts = refuse: there hosts without pins are let through")
        }
        for key in file.rejectedKeys { losses.add(key.line, "rejected-pin-sha256: there no key is rejected") }
    }

    mutating func lose(_ rule: ExportedRule, _ key: String? = nil, _ message: String) {
        let line = key.flatMap { file.lines.setting($0, in: file.lines.rule(rule.number))?.line }
        losses.add(line ?? rule.line, "[host \(rule.pattern)]: \(message)")
    }

    /// Whether a rule refuses something here. If not, it is left out where pins are enforced or absent; says why.
    ///
    /// - Parameter isInherited: A name without pins of its own has those of its parent there.
    mutating func keeps(_ rule: ExportedRule, isInherited: Bool = false) -> Bool {
        switch rule.enforcement {
        case .enforce:
            guard rule.hasExpired, !rule.rule.refusesOnExpiry else { return true }
            lose(rule, "expires", "its pins have expired and let all through: there they do not expire; it is left out")
        case .reportOnly:
            lose(rule, "enforcement", "report-only: there pins are enforced or absent; it is left out")
        case .off: break
        }
        if isInherited, rule.isCovered {
            lose(rule, "enforcement", "there no name is taken out of what holds for its parent")
        }
        return false
    }

    /// Says what a rule loses, but of settings that the format knows or that have no meaning there.
    mutating func loseSettings(of rule: ExportedRule, but kept: Set<Setting>) {
        for setting in Setting.allCases where !kept.contains(setting) { lose(setting, of: rule) }
    }

    private mutating func lose(_ setting: Setting, of exported: ExportedRule) {
        let rule = exported.rule
        switch setting {
        case .rejectedKeys:
            if rule.rejectsKeys {
                lose(exported, "rejected-pin-sha256", "rejects keys, by itself or a set; there no key is rejected")
            }
        case .rollout:
            if rule.rolloutPercent < 100, exported.enforcement == .enforce {
                lose(exported, "rollout-percent", "rollout-percent: there the pins hold in every installation")
            }
        case .maxDepth:
            if rule.maxDepth > 0 { lose(exported, "max-depth", "max-depth: there every certificate counts") }
        case .match:
            if rule.match != .any {
                lose(exported, "match", "match = \(rule.match.name): there any certificate of the path counts")
            }
        case .lists:
            if exported.pins.contains(where: { $0.traits.list != .any }) {
                lose(exported, nil, "leaf- and ca-: there one pin will do, of any certificate of the path")
            }
        case .expiry:
            guard rule.expiryDay >= 0 else { return }
            let here = exported.hasExpired ? "its pins have expired and let none through" : "expires"
            lose(exported, "expires", "\(here): there pins do not expire")
        case .scts:
            if rule.requiredSCTs > 0 { lose(exported, "require-scts", "require-scts: there no SCT is asked for") }
        case .kinds:
            for pin in exported.pins where pin.traits.kind != .spki {
                losses.add(pin.line, "\(pin.key): there a pin is of a SubjectPublicKeyInfo; it is left out")
            }
        case .backups:
            // One in use stands before its backups.
            guard PinList.all.contains(where: { !hasOrderOfBackups(exported.pins, $0) }) else { return }
            lose(exported, nil, "which pins are backups: there only the first can be told from the others")
        }
    }

    private func hasOrderOfBackups(_ pins: [PolicyPin], _ list: PinList) -> Bool {
        let pins = pins.filter { $0.traits.list == list && $0.traits.kind == .spki }
        return pins.isEmpty || pins.count(where: { !$0.traits.isBackup }) == 1
    }

    /// The date from which on a system that fails open is not to look at the pins.
    mutating func expiration(of exported: ExportedRule) -> String? {
        let rule = exported.rule
        guard rule.expiryDay >= 0 else { return nil }
        guard !rule.refusesOnExpiry else {
            lose(exported, "on-expiry", "on-expiry = refuse: there pins that have expired let all through; none expire")
            return nil
        }
        let date = DateText.text(days: rule.expiryDay + 1)
        return date.count == 10 ? date : nil
    }
}
