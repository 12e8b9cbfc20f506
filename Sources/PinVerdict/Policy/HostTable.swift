/// The rules by host: an open-addressing table of rule numbers, probed linearly. A key is a name and whether
/// the pattern is a wildcard.
public struct HostTable: ~Escapable {
    public let rules: Span<Rule>
    /// The text that the names of rules and environments are pieces of.
    let names: Span<UInt8>
    /// For each slot a rule's number plus one, or 0.
    let slots: Span<UInt32>
    let hasWildcards: Bool
    let hasSubdomainRules: Bool

    @_lifetime(copy rules, copy names, copy slots)
    init(
        rules: Span<Rule>, names: Span<UInt8>, slots: Span<UInt32>, hasWildcards: Bool, hasSubdomainRules: Bool
    ) {
        self.rules = rules
        self.names = names
        self.slots = slots
        self.hasWildcards = hasWildcards
        self.hasSubdomainRules = hasSubdomainRules
    }

    /// The number of the rule that decides for a host: its exact rule, else the wildcard one label up, else
    /// that of the nearest ancestor with include-subdomains. One rule decides alone. A rule that does not
    /// exist in `environment` (the number of a declared one, nil for none) is passed over.
    ///
    /// - Parameter host: in canonical form.
    func rule(for host: Span<UInt8>, isAddress: Bool, environment: Int?) -> Int? {
        if let exact = find(host, hash: HostName.hash(host), isWildcard: false, environment) { return exact }
        guard hasWildcards || hasSubdomainRules, !isAddress else { return nil }
        return rule(above: host, environment)
    }

    private func rule(above host: Span<UInt8>, _ environment: Int?) -> Int? {
        var isParent = true
        for position in host.indices where host[position] == 0x2e {
            let ancestor = host.extracting((position + 1)..<host.count)
            let hash = HostName.hash(ancestor)
            if isParent, hasWildcards, let wildcard = find(ancestor, hash: hash, isWildcard: true, environment) {
                return wildcard
            }
            isParent = false
            guard hasSubdomainRules else { return nil }
            if let number = find(ancestor, hash: hash, isWildcard: false, environment),
                rules[number].includesSubdomains
            {
                return number
            }
        }
        return nil
    }

    private func find(_ name: Span<UInt8>, hash: UInt64, isWildcard: Bool, _ environment: Int?) -> Int? {
        guard let number = find(name, hash: hash, isWildcard: isWildcard) else { return nil }
        return HostTable.exists(rules[number], in: environment) ? number : nil
    }

    /// Whether a rule exists in an environment.
    static func exists(_ rule: Rule, in environment: Int?) -> Bool {
        guard rule.environments != 0 else { return true }
        guard let environment else { return false }
        return rule.environments & (1 << UInt32(environment)) != 0
    }

    /// The number of the rule with exactly this pattern.
    func find(_ name: Span<UInt8>, isWildcard: Bool) -> Int? {
        find(name, hash: HostName.hash(name), isWildcard: isWildcard)
    }

    private func find(_ name: Span<UInt8>, hash: UInt64, isWildcard: Bool) -> Int? {
        guard slots.count > 0 else { return nil }
        var slot = HostTable.slot(of: hash, isWildcard: isWildcard, in: slots.count)
        for _ in 0..<slots.count {
            let entry = slots[slot]
            guard entry != 0 else { return nil }
            let rule = rules[Int(entry) - 1]
            if rule.isWildcard == isWildcard, isEqual(self.name(of: rule), name) { return Int(entry) - 1 }
            slot += 1
            if slot == slots.count { slot = 0 }
        }
        return nil
    }

    /// Where the search for a key begins: the hash scaled to the number of slots.
    static func slot(of hash: UInt64, isWildcard: Bool, in count: Int) -> Int {
        let spread = (isWildcard ? ~hash : hash) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: ((spread >> 32) &* UInt64(count)) >> 32)
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
