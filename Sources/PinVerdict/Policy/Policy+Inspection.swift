/// What a policy consists of, for commands that explain it. Sets and pins have numbers, in the order in which
/// they stand in the file.
extension Policy {
    public var setCount: Int { sets.count }
    public var pinCount: Int { digests.count }

    /// The pins of a set, its rejected keys included.
    public func pins(ofSet number: Int) -> Range<Int> { sets[number].numbers }

    /// The pins that stand in a rule itself, its rejected keys included.
    public func ownPins(of rule: Rule) -> Range<Int> { pinRange(0, of: rule).numbers }

    /// The keys that `[policy]` rejects.
    public var rejectedKeys: Range<Int> { settings.rejectedKeys.numbers }

    /// How many sets a rule names.
    public func setCount(of rule: Rule) -> Int { pinRangeCount(of: rule) - 1 }

    /// The number of one of the sets that a rule names.
    public func set(_ index: Int, of rule: Rule) -> Int { Int(references[Int(rule.firstReference) + index]) }

    public func digest(ofPin number: Int) -> Digest { digests[number] }
    public func traits(ofPin number: Int) -> PinTraits { traits[number] }

    public var environmentCount: Int { settings.environmentCount }

    /// Whether a rule exists in some environments only.
    public func isRestricted(_ rule: Rule) -> Bool { rule.environments != 0 }

    /// The name of a declared environment.
    @_lifetime(copy self)
    public func environmentName(_ number: Int) -> Span<UInt8> {
        let start = Int(environments[number].start)
        return names.extracting(start..<(start + Int(environments[number].length)))
    }
}

extension PinRange {
    fileprivate var numbers: Range<Int> { Int(first)..<(Int(first) + Int(count)) }
}
