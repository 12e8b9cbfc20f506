/// The memory that a policy is parsed into: each table as large as ``PolicyCounts`` asked for, and how much
/// of it is in use. An entry past a table's end is refused, never written.
public struct PolicyTables: ~Copyable, ~Escapable {
    var rules: MutableSpan<Rule>
    var names: MutableSpan<UInt8>
    var slots: MutableSpan<UInt32>
    var digests: MutableSpan<Digest>
    var traits: MutableSpan<PinTraits>
    var sets: MutableSpan<PinRange>
    var references: MutableSpan<UInt32>
    var environments: MutableSpan<EnvironmentName>
    /// Needed only while parsing: where the name of each rule, then of each set, stands in the text; then
    /// the slots of a table of sets by name, twice as many as there are sets.
    var scratch: MutableSpan<UInt32>
    var used = PolicyCounts()

    @_lifetime(
        copy rules, copy names, copy slots, copy digests, copy traits, copy sets, copy references,
        copy environments, copy scratch)
    public init(
        rules: consuming MutableSpan<Rule>, names: consuming MutableSpan<UInt8>,
        slots: consuming MutableSpan<UInt32>, digests: consuming MutableSpan<Digest>,
        traits: consuming MutableSpan<PinTraits>, sets: consuming MutableSpan<PinRange>,
        references: consuming MutableSpan<UInt32>, environments: consuming MutableSpan<EnvironmentName>,
        scratch: consuming MutableSpan<UInt32>
    ) {
        self.rules = rules
        self.names = names
        self.slots = slots
        self.digests = digests
        self.traits = traits
        self.sets = sets
        self.references = references
        self.environments = environments
        self.scratch = scratch
    }

    /// Entries that ``scratch`` needs.
    public static func scratchCount(_ counts: PolicyCounts) -> Int {
        counts.rules + counts.sets + 2 * counts.sets
    }

    /// Appends a name; nil where the table is full.
    mutating func append(name: Span<UInt8>) -> UInt32? {
        let start = used.names
        guard name.count <= names.count - start else { return nil }
        for index in name.indices { names[start + index] = name[index] }
        used.names = start + name.count
        return UInt32(start)
    }

    mutating func append(_ digest: Digest, _ pinTraits: PinTraits) -> Bool {
        guard used.pins < digests.count, used.pins < traits.count else { return false }
        digests[used.pins] = digest
        traits[used.pins] = pinTraits
        used.pins += 1
        return true
    }

    mutating func append(reference: UInt32) -> Bool {
        guard used.references < references.count else { return false }
        references[used.references] = reference
        used.references += 1
        return true
    }
}
