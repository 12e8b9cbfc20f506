// SPDX-License-Identifier: Apache-2.0

/// The rules by host: an open-addressing table of rule numbers. A key is a name and whether the pattern is a wildcard.
public struct HostTable: ~Escapable {
    public let rules: Span<Rule>
    /// The text that the names of rules and environments are pieces of.
    let names: Span<UInt8>
    /// Entries of ``SlotSearch``.
    let slots: Span<UInt32>
    let seed: HostSeed
    let hasWildcards: Bool
    let hasSubdomainRules: Bool

    @_lifetime(copy rules, copy names, copy slots)
    public init(
        rules: Span<Rule>, names: Span<UInt8>, slots: Span<UInt32>, seed: HostSeed, hasWildcards: Bool,
        hasSubdomainRules: Bool
    ) {
        self.rules = rules
        self.names = names
        self.slots = slots
        self.seed = seed
        self.hasWildcards = hasWildcards
        self.hasSubdomainRules = hasSubdomainRules
    }

    /// The number of the rule that decides for a host: its exact rule, else the wildcard one label up, else
    /// that of the nearest ancestor with include-subdomains. One rule decides alone. A rule that does not
    /// exist in `environment` (the number of a declared one, nil for none) is passed over.
    ///
    /// - Parameter host: in canonical form.
    @_optimize(speed)
    func rule(for host: Span<UInt8>, isAddress: Bool, environment: Int?) -> Int? {
        if case .decides(let exact) = answer(.exact, host, environment) { return exact }
        guard hasWildcards || hasSubdomainRules, !isAddress else { return nil }
        return rule(above: host, environment)
    }

    func rule(for host: borrowing HostName, environment: Int?) -> Int? {
        rule(for: host.span, isAddress: host.isAddress, environment: environment)
    }

    @_optimize(speed)
    private func rule(above host: Span<UInt8>, _ environment: Int?) -> Int? {
        var candidates = HostCandidates(above: host)
        while let name = candidates.next() {
            let kind = candidates.kind
            if kind == .ancestor, !hasSubdomainRules { return nil }
            if kind == .wildcard, !hasWildcards { continue }
            if case .decides(let number) = answer(kind, name, environment) { return number }
        }
        return nil
    }

    /// What is found of a pattern that could decide for a host.
    public enum Answer {
        case absent
        /// The rule with this number does not exist in the environment.
        case elsewhere(Int)
        /// The rule is for its own name alone.
        case withoutSubdomains(Int)
        /// The rule decides, unless one that was looked for earlier did.
        case decides(Int)
    }

    /// - Parameter environment: the number of a declared one, nil for none.
    @inline(__always)
    public func answer(_ kind: HostCandidates.Kind, _ name: Span<UInt8>, _ environment: Int?) -> Answer {
        guard let number = find(name, isWildcard: kind == .wildcard, environment) else { return .absent }
        let rule = rules[number]
        guard HostTable.exists(rule, in: environment) else { return .elsewhere(number) }
        return kind == .ancestor && !rule.includesSubdomains ? .withoutSubdomains(number) : .decides(number)
    }

    /// Whether a rule exists in an environment.
    static func exists(_ rule: Rule, in environment: Int?) -> Bool {
        guard rule.environments != 0 else { return true }
        guard let environment else { return false }
        return rule.environments & (1 << UInt32(environment)) != 0
    }

    /// The number of the rule with exactly this pattern. Of several, at most one exists in an environment; where none
    /// does, it is the first.
    @inline(never)
    @_optimize(speed)
    func find(_ name: Span<UInt8>, isWildcard: Bool, _ environment: Int?) -> Int? {
        var search = SlotSearch(HostTable.hash(name, isWildcard: isWildcard, seed), count: slots.count)
        var elsewhere: Int?
        while let slot = search.next() {
            let entry = slots[slot]
            guard entry != 0 else { return elsewhere }
            guard let number = search.number(in: entry) else { continue }
            let rule = rules[number]
            guard rule.isWildcard == isWildcard, isEqual(self.name(of: rule), name) else { continue }
            if HostTable.exists(rule, in: environment) { return number }
            if elsewhere == nil { elsewhere = number }
        }
        return elsewhere
    }

    static func hash(_ name: Span<UInt8>, isWildcard: Bool, _ seed: HostSeed) -> UInt64 {
        let hash = HostName.hash(name, seed)
        return isWildcard ? ~hash : hash
    }

    /// A rule's name without `*.`.
    @_lifetime(copy self)
    public func name(of rule: Rule) -> Span<UInt8> {
        let start = Int(rule.nameStart)
        return names.extracting(start..<(start + Int(rule.nameLength)))
    }

    /// A rule's host pattern in canonical form, such as `*.example.com`.
    func pattern(of rule: Rule) -> ASCIIText<256> {
        var text = ASCIIText<256>()
        if rule.isWildcard { text.append("*.") }
        text.append(name(of: rule))
        return text
    }
}
