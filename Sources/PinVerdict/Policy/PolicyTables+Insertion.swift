/// Finding out whether a name has been there before, while the tables fill.
extension PolicyTables {
    /// Enters a rule into the host table; false where its pattern is there already.
    mutating func insertRule(_ number: Int, _ host: borrowing HostName) -> Bool {
        guard slots.count > 0 else { return false }
        let isWildcard = rules[number].isWildcard
        var slot = HostTable.slot(of: HostName.hash(host.span), isWildcard: isWildcard, in: slots.count)
        for _ in 0..<slots.count {
            let entry = Int(slots[slot])
            if entry == 0 {
                slots[slot] = UInt32(number + 1)
                return true
            }
            let other = rules[entry - 1]
            let start = Int(other.nameStart)
            if other.isWildcard == isWildcard,
                isEqual(names.span.extracting(start..<(start + Int(other.nameLength))), host.span)
            {
                return false
            }
            slot += 1
            if slot == slots.count { slot = 0 }
        }
        return false
    }

    /// Enters a set into the table of sets; false where its name is there already.
    mutating func insertSet(_ number: Int, _ name: Span<UInt8>, _ text: Span<UInt8>) -> Bool {
        let slot = setSlot(for: name, text)
        guard let slot, scratch[slot] == 0 else { return false }
        scratch[slot] = UInt32(number + 1)
        return true
    }

    /// The number of the set with a name.
    func set(named name: Span<UInt8>, _ text: Span<UInt8>) -> Int? {
        guard let slot = setSlot(for: name, text), scratch[slot] != 0 else { return nil }
        return Int(scratch[slot]) - 1
    }

    /// The slot that holds the set with this name, or the free one where it belongs.
    private func setSlot(for name: Span<UInt8>, _ text: Span<UInt8>) -> Int? {
        let count = 2 * sets.count
        let first = rules.count + sets.count
        guard count > 0, scratch.count >= first + count else { return nil }
        var slot = HostTable.slot(of: HostName.hash(name), isWildcard: false, in: count)
        for _ in 0..<count {
            let entry = Int(scratch[first + slot])
            if entry == 0 || isEqual(setName(entry - 1, text), name) { return first + slot }
            slot += 1
            if slot == count { slot = 0 }
        }
        return nil
    }

    /// A set's name, read again where it stands in the text: it ends with white space or the bracket.
    @_lifetime(copy text)
    func setName(_ number: Int, _ text: Span<UInt8>) -> Span<UInt8> {
        let start = Int(scratch[rules.count + number])
        var end = start
        while end < text.count, !text[end].isSpace, text[end] != 0x5d { end += 1 }
        return text.extracting(start..<end)
    }
}

extension PolicyTables {
    /// The number of a declared environment.
    func environment(named name: Span<UInt8>, _ settings: PolicySettings) -> Int? {
        for number in 0..<settings.environmentCount {
            let start = Int(environments[number].start)
            let end = start + Int(environments[number].length)
            if isEqual(names.span.extracting(start..<end), name) { return number }
        }
        return nil
    }

    /// Whether a rule's pattern is an IP address: of names only addresses contain a colon or end in a digit
    /// label.
    func isAddress(_ rule: Rule) -> Bool {
        let start = Int(rule.nameStart)
        let name = names.span.extracting(start..<(start + Int(rule.nameLength)))
        return HostName(name)?.isAddress ?? false
    }
}
