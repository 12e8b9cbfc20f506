/// The rules by host: an open-addressing table of rule numbers, probed linearly. A key is a name and whether
/// the pattern is a wildcard.
extension Policy {
    /// The number of the rule that decides for a host: its exact rule, else the wildcard one label up, else
    /// that of the nearest ancestor with include-subdomains. One rule decides alone. A rule that does not
    /// exist in `environment` (the number of a declared one, nil for none) is passed over.
    public func rule(for host: borrowing HostName, environment: Int?) -> Int? {
        if let exact = find(host.span, hash: host.hash, isWildcard: false, environment) { return exact }
        guard settings.hasWildcards || settings.hasSubdomainRules, !host.isAddress else { return nil }
        var isParent = true
        for position in 0..<host.count where host[position] == 0x2e {
            let ancestor = host.span.extracting((position + 1)..<host.count)
            let hash = HostName.hash(ancestor)
            if isParent, settings.hasWildcards,
                let wildcard = find(ancestor, hash: hash, isWildcard: true, environment)
            {
                return wildcard
            }
            isParent = false
            guard settings.hasSubdomainRules else { return nil }
            if let number = find(ancestor, hash: hash, isWildcard: false, environment),
                rules[number].includesSubdomains
            {
                return number
            }
        }
        return nil
    }

    func find(_ name: Span<UInt8>, hash: UInt64, isWildcard: Bool, _ environment: Int?) -> Int? {
        guard let number = find(name, hash: hash, isWildcard: isWildcard) else { return nil }
        return exists(rules[number], in: environment) ? number : nil
    }

    /// Whether a rule exists in an environment.
    public func exists(_ rule: Rule, in environment: Int?) -> Bool {
        guard rule.environments != 0 else { return true }
        guard let environment else { return false }
        return rule.environments & (1 << UInt32(environment)) != 0
    }

    /// The number of the rule with exactly this pattern.
    public func find(_ name: Span<UInt8>, isWildcard: Bool) -> Int? {
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
}

enum HostTable {
    /// Where the search for a key begins: the hash scaled to the number of slots.
    static func slot(of hash: UInt64, isWildcard: Bool, in count: Int) -> Int {
        let spread = (isWildcard ? ~hash : hash) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: ((spread >> 32) &* UInt64(count)) >> 32)
    }
}
