// SPDX-License-Identifier: Apache-2.0

/// Finding out whether a name has been there before, while the tables fill.
extension PolicyBuilder {
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
            let entry = drafts.setSlots[slot]
            if entry == 0 {
                drafts.setSlots[slot] = search.entry(number)
                return true
            }
            if let earlier = search.number(in: entry), isEqual(text.extracting(drafts.sets[earlier]), name) {
                return false
            }
        }
        return false
    }

    /// The number of the set with a name.
    func setNumber(named name: Span<UInt8>, _ text: Span<UInt8>) -> Int? {
        var search = setSearch(name)
        while let slot = search.next() {
            let entry = drafts.setSlots[slot]
            guard entry != 0 else { return nil }
            if let number = search.number(in: entry), isEqual(text.extracting(drafts.sets[number]), name) {
                return number
            }
        }
        return nil
    }

    private func setSearch(_ name: Span<UInt8>) -> SlotSearch {
        SlotSearch(HostName.hash(name), count: drafts.setSlots.count)
    }
}

extension PolicyBuilder {
    /// The environments that have been declared so far.
    @_lifetime(borrow self)
    func environmentTable(_ settings: PolicySettings) -> EnvironmentTable {
        EnvironmentTable(environments.span.extracting(first: settings.environmentCount), in: names.span)
    }
}
