// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// A parsed policy in memory of its own: one checked allocation that holds a reference count and every table.
/// A value of this type is a handle; ``retain()`` and ``release()`` count the handles that are kept.
@safe
public struct SharedPolicy: Equatable {
    private let block: UnsafeMutablePointer<Block>

    private struct Block: ~Copyable {
        let references = Atomic<Int>(1)
        var settings = PolicySettings()
        let textDigest: Digest
        /// Who has signed the text.
        let signer: SigningKey?
        /// How many entries each table has; ``layout`` says how many it has room for.
        var used = PolicyCounts()
        let layout: Layout

        init(textDigest: Digest, signer: SigningKey?, layout: Layout) {
            self.textDigest = textDigest
            self.signer = signer
            self.layout = layout
        }
    }

    /// Why a text did not become a policy.
    public enum Failure: Error {
        case outOfMemory
        case invalid
        case hashFailed
    }

    /// Parses a policy's text, which `signer` has signed; a backend hashes. Problems go to the sink. The hash of host
    /// names has a seed of the system's random numbers, unless one is given.
    public static func parse<Sink: PolicyProblemSink, Backend: TLSBackend>(
        _ text: Span<UInt8>, _ backend: Backend, signer: SigningKey? = nil, _ sink: inout Sink, seed: HostSeed? = nil
    ) throws(Failure) -> SharedPolicy {
        guard let textDigest = backend.sha256(text) else { throw .hashFailed }
        let counts = PolicyCounts(text: text)
        let layout = Layout(counts)
        guard let memory = unsafe PolicyMemory.allocate(layout.size) else { throw .outOfMemory }
        let draftLayout = DraftLayout(counts)
        guard let drafts = unsafe calloc(1, draftLayout.size) else {
            unsafe PolicyMemory.free(memory, layout.size)
            throw .outOfMemory
        }
        defer { unsafe free(drafts) }

        let block = unsafe memory.bindMemory(to: Block.self, capacity: 1)
        unsafe block.initialize(to: Block(textDigest: textDigest, signer: signer, layout: layout))
        let builder = unsafe PolicyBuilder(
            rules: layout.rules.mutable(memory),
            names: layout.names.mutable(memory),
            slots: layout.slots.mutable(memory),
            digests: layout.digests.mutable(memory),
            traits: layout.traits.mutable(memory),
            rejectedKeys: layout.rejectedKeys.mutable(memory),
            sets: layout.sets.mutable(memory),
            references: layout.references.mutable(memory),
            environments: layout.environments.mutable(memory),
            logs: layout.logs.mutable(memory),
            drafts: PolicyDrafts(
                rules: draftLayout.rules.mutable(drafts),
                sets: draftLayout.sets.mutable(drafts),
                setSlots: draftLayout.setSlots.mutable(drafts),
                references: draftLayout.references.mutable(drafts),
                logs: draftLayout.logs.mutable(drafts)),
            seed: seed ?? randomSeed() ?? HostSeed(of: textDigest))
        let parsed = PolicyParser(text: text, builder: builder, sink: sink).parse()
        sink = parsed.sink
        guard let settings = parsed.settings else {
            unsafe PolicyMemory.free(memory, layout.size)
            throw .invalid
        }
        var logs = unsafe layout.logs.mutable(memory)
        guard name(&logs, parsed.used.logs, backend) else {
            unsafe PolicyMemory.free(memory, layout.size)
            throw .hashFailed
        }
        unsafe block.pointee.settings = settings
        unsafe block.pointee.used = parsed.used
        return unsafe SharedPolicy(block: block)
    }

    /// Gives the first logs their ids; false where the backend fails.
    @inline(never)
    private static func name<Backend: TLSBackend>(
        _ logs: inout MutableSpan<CTLog>, _ count: Int, _ backend: Backend
    ) -> Bool {
        for number in 0..<count {
            guard let id = logs[number].key.withSpan({ backend.sha256($0) }) else { return false }
            logs[number].id = id
        }
        return true
    }

    /// Nil where the system has no random numbers yet, or none for this process.
    static func randomSeed() -> HostSeed? {
        var seed: (UInt64, UInt64) = (0, 0)
        let size = MemoryLayout.size(ofValue: seed)
        guard unsafe getrandom(&seed, size, UInt32(GRND_NONBLOCK)) == size else { return nil }
        return HostSeed(seed.0, seed.1)
    }

    private init(block: UnsafeMutablePointer<Block>) { unsafe self.block = block }

    /// The handle that the C interface gave out for a policy.
    public init(_ pointer: OpaquePointer) { unsafe block = UnsafeMutablePointer(pointer) }

    public var pointer: OpaquePointer { unsafe OpaquePointer(block) }

    public static func == (left: SharedPolicy, right: SharedPolicy) -> Bool { unsafe left.block == right.block }

    public func retain() {
        unsafe block.pointee.references.wrappingAdd(1, ordering: .relaxed)
    }

    /// Frees the policy with its last reference.
    public func release() {
        let references = unsafe block.pointee.references.wrappingSubtract(1, ordering: .acquiringAndReleasing)
        guard references.newValue == 0 else { return }
        let size = size
        unsafe block.deinitialize(count: 1)
        unsafe PolicyMemory.free(block, size)
    }

    /// Whether both were parsed from the same bytes.
    public func hasSameText(as other: SharedPolicy) -> Bool {
        unsafe block.pointee.textDigest == other.block.pointee.textDigest
    }

    /// Who has signed the policy; nil for nobody.
    public var signer: SigningKey? { unsafe block.pointee.signer }

    /// Bytes of memory that the policy takes.
    public var size: Int { unsafe block.pointee.layout.size }

    /// The policy in its memory.
    public var policy: Policy {
        @_lifetime(borrow self)
        get {
            let layout = unsafe block.pointee.layout
            let environments = unsafe layout.environments.span(block, layout.environments.count)
            let policy = Policy(
                settings: settings, hosts: hosts, pins: pins, rejectedKeys: rejectedKeys, logs: logs,
                environments: environments)
            return unsafe _overrideLifetime(policy, borrowing: self)
        }
    }
}

/// Inlined, so that a check makes each table where it uses it.
extension SharedPolicy: PolicySource {
    public var settings: PolicySettings {
        @inline(__always)
        get { unsafe block.pointee.settings }
    }

    public var hosts: HostTable {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            let layout = unsafe block.pointee.layout
            let used = unsafe block.pointee.used
            let hosts = unsafe HostTable(
                rules: layout.rules.span(block, used.rules),
                names: layout.names.span(block, used.names),
                slots: layout.slots.span(block, layout.slots.count),
                seed: block.pointee.settings.hostSeed,
                hasWildcards: block.pointee.settings.hasWildcards,
                hasSubdomainRules: block.pointee.settings.hasSubdomainRules)
            return unsafe _overrideLifetime(hosts, borrowing: self)
        }
    }

    public var pins: PinTable {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            let layout = unsafe block.pointee.layout
            let used = unsafe block.pointee.used
            let pins = unsafe PinTable(
                digests: layout.digests.span(block, used.pins),
                traits: layout.traits.span(block, used.pins),
                sets: layout.sets.span(block, used.sets),
                references: layout.references.span(block, used.references))
            return unsafe _overrideLifetime(pins, borrowing: self)
        }
    }

    public var rejectedKeys: RejectedKeyTable {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            let layout = unsafe block.pointee.layout
            let used = unsafe block.pointee.used.rejectedKeys
            let keys = unsafe RejectedKeyTable(layout.rejectedKeys.span(block, used))
            return unsafe _overrideLifetime(keys, borrowing: self)
        }
    }

    public var logs: CTLogTable {
        @_lifetime(borrow self)
        get {
            let layout = unsafe block.pointee.layout
            let logs = unsafe CTLogTable(layout.logs.span(block, block.pointee.used.logs))
            return unsafe _overrideLifetime(logs, borrowing: self)
        }
    }

    @inline(__always)
    public func prefetch(pin number: Int) {
        let memory = unsafe UnsafeRawPointer(block)
        let layout = unsafe block.pointee.layout
        unsafe cposix_prefetch(memory + layout.digests.offset + number &* MemoryLayout<Digest>.stride)
        unsafe cposix_prefetch(memory + layout.traits.offset + number &* MemoryLayout<PinTraits>.stride)
    }
}

extension SharedPolicy {
    /// Where each table lies in the block.
    private struct Layout: BitwiseCopyable {
        let rules: Table<Rule>
        let names: Table<UInt8>
        let slots: Table<UInt32>
        let digests: Table<Digest>
        let traits: Table<PinTraits>
        let rejectedKeys: Table<NumberedDigest>
        let sets: Table<PinRange>
        let references: Table<UInt32>
        let environments: Table<EnvironmentName>
        let logs: Table<CTLog>
        let size: Int

        /// Counts come from a text of at most 256 MiB, so that no size overflows.
        init(_ counts: PolicyCounts) {
            digests = Table(after: MemoryLayout<Block>.size, count: counts.pins)
            rules = Table(after: digests.end, count: counts.rules)
            slots = Table(after: rules.end, count: counts.slots)
            references = Table(after: slots.end, count: counts.references)
            sets = Table(after: references.end, count: counts.sets)
            environments = Table(after: sets.end, count: counts.environments)
            logs = Table(after: environments.end, count: counts.logs)
            rejectedKeys = Table(after: logs.end, count: counts.rejectedKeys)
            traits = Table(after: rejectedKeys.end, count: counts.pins)
            names = Table(after: traits.end, count: counts.names)
            size = names.end
        }
    }

    /// Where each table lies that is needed only while parsing.
    private struct DraftLayout {
        let rules: Table<RuleDraft>
        let sets: Table<SetDraft>
        let setSlots: Table<UInt32>
        let references: Table<ByteRange>
        let logs: Table<LogDraft>
        let size: Int

        init(_ counts: PolicyCounts) {
            rules = Table(after: 0, count: counts.rules)
            sets = Table(after: rules.end, count: counts.sets)
            setSlots = Table(after: sets.end, count: 2 * counts.sets)
            references = Table(after: setSlots.end, count: counts.references)
            logs = Table(after: references.end, count: counts.logs)
            size = max(1, logs.end)
        }
    }

    private struct Table<Element: BitwiseCopyable>: BitwiseCopyable {
        let offset: Int
        let count: Int

        /// Begins on a cache line in a large policy, whose memory does so too: an entry whose size divides a line's
        /// then lies within one. No type needs a larger alignment.
        init(after end: Int, count: Int) {
            offset = (end + 63) & ~63
            self.count = count
        }

        var end: Int { offset + count * MemoryLayout<Element>.stride }

        @unsafe
        @_lifetime(borrow memory)
        func mutable(_ memory: UnsafeMutableRawPointer) -> MutableSpan<Element> {
            let start = unsafe (memory + offset).bindMemory(to: Element.self, capacity: count)
            let span = unsafe MutableSpan(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, borrowing: memory)
        }

        @unsafe
        @_lifetime(borrow memory)
        func span(_ memory: UnsafeMutableRawPointer, _ used: Int) -> Span<Element> {
            let start = unsafe UnsafeRawPointer(memory + offset).assumingMemoryBound(to: Element.self)
            let span = unsafe Span(_unsafeStart: start, count: used)
            return unsafe _overrideLifetime(span, borrowing: memory)
        }
    }
}
