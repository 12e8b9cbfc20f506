// SPDX-License-Identifier: Apache-2.0

/// What of a policy is needed only while it is being parsed: where names stand in the text that are looked up when the
/// whole of it has been read.
public struct PolicyDrafts: ~Copyable, ~Escapable {
    var rules: MutableSpan<RuleDraft>
    var sets: MutableSpan<SetDraft>
    /// The sets by name: entries of ``SlotSearch``.
    var setSlots: MutableSpan<UInt32>
    /// The name that each of ``PolicyBuilder/references`` is to be the number of.
    var references: MutableSpan<ByteRange>
    var logs: MutableSpan<LogDraft>
    /// Some host stands in several sections.
    var repeatsHosts = false

    @_lifetime(copy rules, copy sets, copy setSlots, copy references, copy logs)
    public init(
        rules: consuming MutableSpan<RuleDraft>, sets: consuming MutableSpan<SetDraft>,
        setSlots: consuming MutableSpan<UInt32>, references: consuming MutableSpan<ByteRange>,
        logs: consuming MutableSpan<LogDraft>
    ) {
        self.rules = rules
        self.sets = sets
        self.setSlots = setSlots
        self.references = references
        self.logs = logs
    }
}

/// What is known of a set, beside its pins, until its policy is whole.
public struct SetDraft: BitwiseCopyable {
    /// Where its name stands in the text.
    var name = ByteRange(0, 0)
    /// Some line of it could not be read: what it lacks may stand there.
    var hasMistake = false
}

/// Where the words of a log stand in the text.
public struct LogDraft: BitwiseCopyable {
    var name = ByteRange(0, 0)
    var owner = ByteRange(0, 0)
}

/// What is known of a rule, beside what a check reads of it, until its policy is whole.
public struct RuleDraft: BitwiseCopyable {
    /// Where its header's pattern stands in the text.
    var pattern = ByteRange(0, 0)
    /// Where the names of its environments stand; empty where it exists in all of them.
    var environments = ByteRange(0, 0)
    /// Some line of it could not be read: what it lacks may stand there.
    var hasMistake = false
    /// How many keys it rejects, without its sets.
    var rejectedCount: UInt16 = 0
    /// These names are those of declared environments.
    var hasKnownEnvironments = true
}
