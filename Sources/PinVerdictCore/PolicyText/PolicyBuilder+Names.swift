// SPDX-License-Identifier: Apache-2.0

/// Finding out whether a name has been there before, while the tables fill.
extension PolicyBuilder {
    /// Enters a rule into the host table, behind those with the same pattern. Where these are so many that no
    /// environment can be left for it, it is not entered.
    ///
    /// - Returns: the number of the first of these, nil for none.
    mutating func insertRule(_ number: Int) -> (isEntered: Bool, first: Int?) {
        var search = ruleSearch(number)
        var first: Int?
        var count = 0
        while let slot = search.next() {
            let entry = slots[slot]
            if entry == 0 {
                slots[slot] = search.entry(number)
                return (true, first)
            }
            guard let earlier = search.number(in: entry), haveOnePattern(earlier, number) else { continue }
            first = first ?? earlier
            count += 1
            if count == PolicySettings.maximumEnvironments { break }
        }
        return (false, first)
    }

    /// The number of an earlier rule with the same pattern that exists where a rule does; nil for none. Its header may
    /// be a mistake.
    func ruleBeside(_ number: Int) -> Int? {
        var search = ruleSearch(number)
        while let slot = search.next(), slots[slot] != 0 {
            guard let earlier = search.number(in: slots[slot]), earlier < number, haveOnePattern(earlier, number)
            else { continue }
            let (one, other) = (rules[earlier].environments, rules[number].environments)
            if one == 0 || other == 0 || one & other != 0 { return earlier }
        }
        return nil
    }

    private func ruleSearch(_ number: Int) -> SlotSearch {
        SlotSearch(HostTable.hash(name(ofRule: number), isWildcard: rules[number].isWildcard, seed), count: slots.count)
    }

    private func haveOnePattern(_ one: Int, _ other: Int) -> Bool {
        rules[one].isWildcard == rules[other].isWildcard && isEqual(name(ofRule: one), name(ofRule: other))
    }

    @_lifetime(borrow self)
    private func name(ofRule number: Int) -> Span<UInt8> {
        let start = Int(rules[number].nameStart)
        return names.span.extracting(start..<(start + Int(rules[number].nameLength)))
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
            if let earlier = search.number(in: entry), isEqual(text.extracting(drafts.sets[earlier].name), name) {
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
            if let number = search.number(in: entry), isEqual(text.extracting(drafts.sets[number].name), name) {
                return number
            }
        }
        return nil
    }

    private func setSearch(_ name: Span<UInt8>) -> SlotSearch {
        SlotSearch(HostName.hash(name, seed), count: drafts.setSlots.count)
    }
}

extension PolicyBuilder {
    /// The environments that have been declared so far.
    @_lifetime(borrow self)
    func environmentTable(_ settings: PolicySettings) -> EnvironmentTable {
        EnvironmentTable(environments.span.extracting(first: settings.environmentCount), in: names.span)
    }
}
