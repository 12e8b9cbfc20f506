/// Finding out whether a name has been there before, while the tables fill.
extension PolicyTables {
    /// Enters a rule into the host table; false where its pattern is there already.
    mutating func insertRule(_ number: Int, _ host: borrowing HostName) -> Bool {
        let isWildcard = rules[number].isWildcard
        var search = SlotSearch(HostTable.hash(host.span, isWildcard: isWildcard), count: slots.count)
        while let slot = search.next() {
            let entry = slots[slot]
            if entry == 0 {
                slots[slot] = search.entry(number)
                return true
            }
            guard let earlier = search.number(in: entry) else { continue }
            let other = rules[earlier]
            let start = Int(other.nameStart)
            if other.isWildcard == isWildcard,
                isEqual(names.span.extracting(start..<(start + Int(other.nameLength))), host.span)
            {
                return false
            }
        }
        return false
    }

    /// Enters a set into the table of sets; false where its name is there already.
    mutating func insertSet(_ number: Int, _ name: Span<UInt8>, _ text: Span<UInt8>) -> Bool {
        var search = setSearch(name)
        while let slot = search.next() {
            let entry = scratch[firstSetSlot + slot]
            if entry == 0 {
                scratch[firstSetSlot + slot] = search.entry(number)
                return true
            }
            if let earlier = search.number(in: entry), isEqual(setName(earlier, text), name) { return false }
        }
        return false
    }

    /// The number of the set with a name.
    func set(named name: Span<UInt8>, _ text: Span<UInt8>) -> Int? {
        var search = setSearch(name)
        while let slot = search.next() {
            let entry = scratch[firstSetSlot + slot]
            guard entry != 0 else { return nil }
            if let number = search.number(in: entry), isEqual(setName(number, text), name) { return number }
        }
        return nil
    }

    private func setSearch(_ name: Span<UInt8>) -> SlotSearch {
        SlotSearch(HostName.hash(name), count: scratch.count - firstSetSlot)
    }

    private var firstSetSlot: Int { rules.count + sets.count }

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
