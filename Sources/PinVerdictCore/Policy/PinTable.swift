// SPDX-License-Identifier: Apache-2.0

/// The pins of a policy, and which of them its rules consist of.
public struct PinTable: ~Escapable {
    let digests: Span<Digest>
    /// Beside each digest.
    let traits: Span<PinTraits>
    let sets: Span<PinRange>
    /// For each set that a rule names its number, rule by rule.
    let references: Span<UInt32>

    @_lifetime(copy digests, copy traits, copy sets, copy references)
    public init(digests: Span<Digest>, traits: Span<PinTraits>, sets: Span<PinRange>, references: Span<UInt32>) {
        self.digests = digests
        self.traits = traits
        self.sets = sets
        self.references = references
    }

    /// Passes on the number of each pin that a rule consists of, and of the set that it stands in, nil for the rule
    /// itself: the rule's own first, then those of its sets in the order in which it names them.
    @inline(__always)
    func forEachPin<Failure: Error>(
        of rule: Rule, _ body: (_ number: Int, _ set: Int?) throws(Failure) -> Void
    ) throws(Failure) {
        for part in 0..<partCount(of: rule) {
            let set = part == 0 ? nil : setNumber(part - 1, of: rule)
            for number in self.part(part, of: rule).numbers { try body(number, set) }
        }
    }

    /// The number of one of the sets that a rule names.
    @inline(__always)
    func setNumber(_ index: Int, of rule: Rule) -> Int { Int(references[Int(rule.firstReference) + index]) }

    /// The ranges of pins that a rule consists of: its own, then one for each set that it names.
    @inline(__always)
    func part(_ number: Int, of rule: Rule) -> PinRange {
        if number == 0 { return PinRange(first: rule.firstPin, count: rule.pinCount) }
        return sets[setNumber(number - 1, of: rule)]
    }

    func partCount(of rule: Rule) -> Int { 1 + Int(rule.referenceCount) }
}
