// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Compares what two policies ask of connections to each host.
struct PolicyComparison {
    private let old: PolicyFile
    private let new: PolicyFile
    /// The keys that `[policy]` rejects in one of the two alone, and in the new one.
    private let goneKeys: Set<PinKey>
    private let comeKeys: Set<PinKey>
    private let newKeys: Set<PinKey>
    /// What `[policy]` says for every host, in one of the two alone.
    private let policyLines: (gone: [String], come: [String])
    private let logs: (old: LogDemand, new: LogDemand)
    private let environments: [String?]
    private var changes: [HostChange] = []

    static func changes(from old: PolicyFile, to new: PolicyFile) -> [HostChange] {
        PolicyComparison(from: old, to: new).changes
    }

    private init(from old: PolicyFile, to new: PolicyFile) {
        (self.old, self.new) = (old, new)
        let (before, after) = (Self.rejectedKeys(of: old), Self.rejectedKeys(of: new))
        goneKeys = before.subtracting(after)
        comeKeys = after.subtracting(before)
        newKeys = after
        policyLines = Self.differences(Self.policyLines(old), Self.policyLines(new))
        logs = (LogDemand(of: old), LogDemand(of: new))
        environments = Self.environments(old, new)
        var scopes: Set<HostScope> = []
        HostScope.insert(of: old, into: &scopes)
        HostScope.insert(of: new, into: &scopes)
        compareEnvironments()
        compare(nil)
        for scope in scopes.sorted() { compare(scope) }
    }

    /// The environments in which the two may decide otherwise: those of checkers that take both. Nil stands for all,
    /// where neither policy tells them apart.
    private static func environments(_ old: PolicyFile, _ new: PolicyFile) -> [String?] {
        guard old.shared.settings.needsEnvironment || new.shared.settings.needsEnvironment else { return [nil] }
        let (before, after) = (names(old), names(new))
        let names = before + after.filter { !before.contains($0) }
        return names.filter { works(old, in: $0) && works(new, in: $0) }
    }

    /// The environments that a policy declares.
    private static func names(_ file: PolicyFile) -> [String] {
        let policy = file.shared.policy
        return (0..<policy.environmentCount).map { String(policy.environmentName($0)) }
    }

    private static func works(_ file: PolicyFile, in name: String) -> Bool {
        !file.shared.settings.needsEnvironment || number(of: name, in: file) != nil
    }

    /// Adds the environments that one policy alone declares: elsewhere a checker does not take it.
    private mutating func compareEnvironments() {
        guard old.shared.settings.needsEnvironment || new.shared.settings.needsEnvironment else { return }
        let names = Self.differences(Self.names(old), Self.names(new))
        for (name, sign) in names.gone.map({ ($0, "-") }) + names.come.map({ ($0, "+") }) {
            changes.append(
                HostChange(
                    host: "*", environment: name, oldLine: nil, newLine: nil, reasons: [],
                    lines: ["\(sign) [policy] environments has it"]))
        }
    }

    private static func number(of environment: String?, in file: PolicyFile) -> Int? {
        let policy = file.shared.policy
        return environment.flatMap { policy.environment(named: Array($0.utf8).span) }
    }

    /// - Parameter scope: nil for hosts without a rule.
    private mutating func compare(_ scope: HostScope?) {
        let sample = scope?.sample([old, new])
        guard scope == nil || sample != nil else { return }
        var found: [HostChange] = []
        for environment in environments {
            func demand(_ file: PolicyFile) -> HostDemand {
                guard let sample else { return HostDemand(ofRule: nil, in: file) }
                return HostDemand(of: sample, in: file, environment: Self.number(of: environment, in: file))
            }
            if let change = change(scope, environment, demand(old), demand(new)) { found.append(change) }
        }
        let isSame = found.count == environments.count && found.allSatisfy { $0.isEqualBesideEnvironment(found[0]) }
        changes += isSame ? found.prefix(1).map(\.withoutEnvironment) : found
    }

    private func change(
        _ scope: HostScope?, _ environment: String?, _ before: HostDemand, _ after: HostDemand
    ) -> HostChange? {
        let (gone, come) = lines(scope, before, after)
        guard !gone.isEmpty || !come.isEmpty else { return nil }
        return HostChange(
            host: scope?.text ?? "*", environment: environment,
            oldLine: before.rule.flatMap { old.lines.rule($0)?.line },
            newLine: after.rule.flatMap { new.lines.rule($0)?.line },
            reasons: after.reasons(since: before) + rolloutReasons(before, after) + keyReasons(before, after)
                + (asksForSCTs(before, after) ? logs.new.reasons(since: logs.old) : []),
            lines: gone.map { "- " + $0 } + come.map { "+ " + $0 })
    }

    /// Whether both ask for SCTs.
    private func asksForSCTs(_ before: HostDemand, _ after: HostDemand) -> Bool {
        before.requiredSCTs > 0 && after.requiredSCTs > 0
    }

    /// Which installations a rollout is for depends on the name of its rule.
    private func rolloutReasons(_ before: HostDemand, _ after: HostDemand) -> [ChangeReason] {
        let partial = 1..<100
        guard let was = before.enforcedPercent, let now = after.enforcedPercent, partial.contains(was),
            partial.contains(now), pattern(before.rule, in: old) != pattern(after.rule, in: new)
        else { return [] }
        let words = "the rollout of another rule is for other installations"
        return [.looser(words), .stricter(words)]
    }

    private func pattern(_ rule: Int?, in file: PolicyFile) -> String? {
        let shared = file.shared
        let policy = shared.policy
        return rule.map { String(policy.pattern(of: policy.rules[$0]).span) }
    }

    /// A key that `[policy]` rejects is refused whatever a rule says, one that a rule rejects as the rule is enforced.
    private func keyReasons(_ before: HostDemand, _ after: HostDemand) -> [ChangeReason] {
        let kept = newKeys.union(after.enforcedPercent == 100 ? after.rejectedKeys : [])
        let gone = goneKeys.subtracting(kept)
            .union(before.rejectedKeys.subtracting(newKeys).subtracting(after.rejectedKeys))
        let come = comeKeys.union(after.rejectedKeys.subtracting(newKeys).subtracting(goneKeys))
            .subtracting(before.rejectedKeys)
        var reasons: [ChangeReason] = []
        if !gone.isEmpty { reasons.append(.looser("\(counted(gone.count, "key")) fewer rejected")) }
        if !come.isEmpty { reasons.append(.stricter("\(counted(come.count, "key")) more rejected")) }
        let (was, now) = (old.shared.settings.enforcement, new.shared.settings.enforcement)
        if was != now, newKeys.count > comeKeys.count {
            let words = "keys that [policy] rejects are "
            reasons.append(now == .enforce ? .stricter(words + "refused") : .looser(words + "reported"))
        }
        return reasons
    }

    private static func rejectedKeys(of file: PolicyFile) -> Set<PinKey> {
        guard file.shared.settings.enforcement != .off else { return [] }
        return Set(file.rejectedKeys.map { PinKey($0.digest, .spki) })
    }

    // ------------------------------------------------------------------------------------------------- words

    private func lines(
        _ scope: HostScope?, _ before: HostDemand, _ after: HostDemand
    ) -> (gone: [String], come: [String]) {
        let lines = Self.differences(Self.lines(scope, before, old), Self.lines(scope, after, new))
        let ofLogs: (gone: [String], come: [String]) =
            asksForSCTs(before, after) ? Self.differences(logs.old.lines, logs.new.lines) : ([], [])
        return (lines.gone + ofLogs.gone + policyLines.gone, lines.come + ofLogs.come + policyLines.come)
    }

    private static func differences(_ old: [String], _ new: [String]) -> (gone: [String], come: [String]) {
        let (before, after) = (Set(old), Set(new))
        return (old.filter { !after.contains($0) }, new.filter { !before.contains($0) })
    }

    /// What a policy says of a host, sets resolved.
    private static func lines(_ scope: HostScope?, _ demand: HostDemand, _ file: PolicyFile) -> [String] {
        let policy = file.shared.policy
        guard let number = demand.rule else {
            return ["no rule, unpinned-hosts = \(policy.settings.refusesUnpinnedHosts ? "refuse" : "allow")"]
        }
        let rule = policy.rules[number]
        // Which names below it a rule is for does not matter to its own.
        let settings = rule.settings.filter { scope?.depth != .itself || $0 != "include-subdomains = yes" }
        return ["[host \(String(policy.pattern(of: rule).span))]"] + settings + pins(file.pins(of: rule))
            + pins(file.rejectedKeys(ofRule: number))
    }

    private static func policyLines(_ file: PolicyFile) -> [String] {
        let enforcement = file.shared.settings.enforcement
        return (enforcement == .enforce ? [] : ["[policy] enforcement = \(enforcement.name)"])
            + pins(file.rejectedKeys).map { "[policy] " + $0 }
    }

    private static func pins(_ pins: [PolicyPin]) -> [String] {
        pins.map { "\($0.key) = \($0.digest.base64)" }
    }
}
