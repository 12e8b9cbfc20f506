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

    /// Passes on the pins that a rule consists of: its own, then those of each set that it names; rejected keys too.
    @inline(__always)
    func forEachPin<Failure: Error>(
        of rule: Rule, _ body: (_ number: Int, _ traits: PinTraits) throws(Failure) -> Void
    ) throws(Failure) {
        for part in 0..<partCount(of: rule) {
            for number in self.part(part, of: rule).numbers { try body(number, traits[number]) }
        }
    }

    /// The ranges of pins that a rule consists of: its own, then one for each set that it names.
    @inline(__always)
    func part(_ number: Int, of rule: Rule) -> PinRange {
        if number == 0 { return PinRange(first: rule.firstPin, count: rule.pinCount) }
        return sets[Int(references[Int(rule.firstReference) + number - 1])]
    }

    func partCount(of rule: Rule) -> Int { 1 + Int(rule.referenceCount) }

    /// Whether a range of pins rejects a key.
    func rejects(_ digest: Digest, in range: PinRange) -> Bool {
        for number in range.numbers where digests[number] == digest && traits[number].isRejected { return true }
        return false
    }
}
