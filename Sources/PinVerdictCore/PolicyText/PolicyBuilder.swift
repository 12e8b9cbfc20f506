// SPDX-License-Identifier: Apache-2.0

/// The memory that a policy is built in: each table as large as ``PolicyCounts`` asked for, and how much of it is in
/// use. An entry past a table's end is refused, never written.
public struct PolicyBuilder: ~Copyable, ~Escapable {
    var rules: MutableSpan<Rule>
    var names: MutableSpan<UInt8>
    var slots: MutableSpan<UInt32>
    var digests: MutableSpan<Digest>
    var traits: MutableSpan<PinTraits>
    var rejectedKeys: MutableSpan<NumberedDigest>
    var sets: MutableSpan<PinRange>
    var references: MutableSpan<UInt32>
    var environments: MutableSpan<EnvironmentName>
    var logs: MutableSpan<CTLog>
    var drafts: PolicyDrafts
    let seed: HostSeed
    var used = PolicyCounts()

    @_lifetime(
        copy rules, copy names, copy slots, copy digests, copy traits, copy rejectedKeys, copy sets,
        copy references, copy environments, copy logs, copy drafts)
    public init(
        rules: consuming MutableSpan<Rule>, names: consuming MutableSpan<UInt8>,
        slots: consuming MutableSpan<UInt32>, digests: consuming MutableSpan<Digest>,
        traits: consuming MutableSpan<PinTraits>, rejectedKeys: consuming MutableSpan<NumberedDigest>,
        sets: consuming MutableSpan<PinRange>, references: consuming MutableSpan<UInt32>,
        environments: consuming MutableSpan<EnvironmentName>, logs: consuming MutableSpan<CTLog>,
        drafts: consuming PolicyDrafts, seed: HostSeed
    ) {
        self.rules = rules
        self.names = names
        self.slots = slots
        self.digests = digests
        self.traits = traits
        self.rejectedKeys = rejectedKeys
        self.sets = sets
        self.references = references
        self.environments = environments
        self.logs = logs
        self.drafts = drafts
        self.seed = seed
    }

    /// The pins as a check sees them, as far as they are there. A rule's sets are, when its references are resolved.
    var pins: PinTable {
        @_lifetime(borrow self)
        get { PinTable(digests: digests.span, traits: traits.span, sets: sets.span, references: references.span) }
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

    mutating func append(_ key: RejectedKey) -> Bool {
        guard used.rejectedKeys < rejectedKeys.count else { return false }
        rejectedKeys[used.rejectedKeys] = key.key
        used.rejectedKeys += 1
        return true
    }

    /// Sorts the rejected keys, as ``RejectedKeyTable`` wants them.
    mutating func sortRejectedKeys() { rejectedKeys.sort(first: used.rejectedKeys) }

    /// Appends the name of a set, which may come later in the text.
    mutating func append(reference name: ByteRange) -> Bool {
        guard used.references < references.count, used.references < drafts.references.count else { return false }
        drafts.references[used.references] = name
        used.references += 1
        return true
    }
}
