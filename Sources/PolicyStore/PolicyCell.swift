// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// Holds the policy that a checker uses at the moment, for any number of readers, and replaces it.
///
/// Readers take no lock and wait for nothing. Each announces itself in one of many counters, so that threads
/// on different cores write to different cache lines. A setter swaps the policy in and retires the old one,
/// which is freed by this or a later set once every counter has been seen at zero since: a reader that
/// announces itself after the swap sees the new policy. Each counter is a pair: a set sends new readers to the
/// other one of it, so that the one that they leave comes to zero even where readers follow one another without
/// a pause. A set looks at the counters before it does so, and thus frees what the set before has retired, if the
/// reads that were under way then are over. It is safe whichever of the two a reader uses, as both have to be
/// seen at zero.
///
/// The counters and the setters' lock lie in memory that a forked child finds zeroed, since the threads that held
/// them do not exist there. The rest can be used by a child that is forked at any moment of a set: at worst a
/// policy that was being moved is never freed there.
@safe
public struct PolicyCell: ~Copyable {
    private let shards: UnsafeMutablePointer<ReaderShard>
    public let counters: CheckCounters
    private let current: Atomic<UnsafeMutablePointer<Entry>>
    private let generation = Atomic<UInt>(0)
    /// The newest retired entry; touched behind the lock alone.
    private let retired = unsafe Atomic<UnsafeMutablePointer<Entry>?>(nil)

    /// A policy that is in use or retired.
    @unsafe
    private struct Entry {
        let policy: SharedPolicy
        let environment: Int?
        /// When it was set, in seconds since 1970.
        let since: Int64
        var rows = RuleRows()
        var next: UnsafeMutablePointer<Entry>?
        /// A bit for each counter that has not been seen at zero since the entry was retired.
        var unseen: (even: UInt64, odd: UInt64) = (0, 0)
    }

    /// Two cache lines, as processors fetch them in pairs.
    private struct ReaderShard: ~Copyable {
        let even = Atomic<Int>(0)
        let odd = Atomic<Int>(0)
        private let padding = InlineArray<14, Int>(repeating: 0)
    }

    private static var shardCount: Int { 63 }
    /// The shards, and the room of one more, in which the lock lies, and behind it the process's place.
    private static var placeOffset: Int { 64 }
    private static var memorySize: Int { 64 * MemoryLayout<ReaderShard>.stride }

    public enum Failure: Error {
        case outOfMemory
        case outdated
    }

    /// A cell that holds `policy`; `environment` is the number that it gives to the checker's environment.
    public init(_ policy: SharedPolicy, environment: Int?) throws(Failure) {
        guard let memory = unsafe ForkWipedMemory.allocate(Self.memorySize) else { throw .outOfMemory }
        guard let entry = unsafe Self.makeEntry(policy, environment) else {
            unsafe ForkWipedMemory.free(memory, Self.memorySize)
            throw .outOfMemory
        }
        // Zeroed memory is what an Atomic of 0 and an unlocked mutex look like.
        let shards = unsafe memory.bindMemory(to: ReaderShard.self, capacity: Self.shardCount)
        let place = unsafe UnsafeMutableRawPointer(shards + Self.shardCount) + Self.placeOffset
        guard let counters = unsafe CheckCounters(process: place.assumingMemoryBound(to: Atomic<Int>.self)) else {
            unsafe Self.free(entry)
            unsafe ForkWipedMemory.free(memory, Self.memorySize)
            throw .outOfMemory
        }
        unsafe entry.pointee.rows = counters.rows(of: policy.policy)
        unsafe self.shards = shards
        self.counters = counters
        unsafe current = Atomic(entry)
    }

    deinit {
        unsafe Self.free(current.load(ordering: .acquiring))
        var entry = unsafe retired.load(ordering: .acquiring)
        while let each = unsafe entry {
            unsafe entry = each.pointee.next
            unsafe Self.free(each)
        }
        unsafe ForkWipedMemory.free(shards, Self.memorySize)
    }

    /// Calls the body with the policy of the moment, which stays alive until the body returns.
    @inline(__always)
    public borrowing func withPolicy<Result>(_ body: (borrowing SharedPolicy, Int?) -> Result) -> Result {
        unsafe withEntry { entry in unsafe body(entry.pointee.policy, entry.pointee.environment) }
    }

    /// Counts the verdict that a check comes to under the policy of the moment, and passes both on.
    @inline(__always)
    public borrowing func counting<Result>(
        _ check: (borrowing SharedPolicy, Int?) -> Verdict, _ body: (Verdict, borrowing SharedPolicy) -> Result
    ) -> Result {
        unsafe withEntry { entry in
            let verdict = unsafe check(entry.pointee.policy, entry.pointee.environment)
            unsafe counters.count(verdict, &entry.pointee.rows)
            return unsafe body(verdict, entry.pointee.policy)
        }
    }

    /// Passes on the policy of the moment, and when it was set, in seconds since 1970.
    public borrowing func withPolicyInForce<Result>(_ body: (borrowing SharedPolicy, Int64) -> Result) -> Result {
        unsafe withEntry { entry in unsafe body(entry.pointee.policy, entry.pointee.since) }
    }

    @unsafe
    @inline(__always)
    private borrowing func withEntry<Result>(_ body: (UnsafeMutablePointer<Entry>) -> Result) -> Result {
        let shard = unsafe shards + Int(cposix_thread_number()) % Self.shardCount
        let isOdd = generation.load(ordering: .relaxed) & 1 != 0
        if isOdd {
            unsafe shard.pointee.odd.wrappingAdd(1, ordering: .sequentiallyConsistent)
        } else {
            unsafe shard.pointee.even.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }
        let entry = unsafe current.load(ordering: .sequentiallyConsistent)
        let result = unsafe body(entry)
        if isOdd {
            unsafe shard.pointee.odd.wrappingSubtract(1, ordering: .releasing)
        } else {
            unsafe shard.pointee.even.wrappingSubtract(1, ordering: .releasing)
        }
        return result
    }

    /// Replaces the policy. One with a lower serial, or with the same serial and other bytes, is outdated; the
    /// same bytes again change nothing.
    public borrowing func set(_ policy: SharedPolicy, environment: Int?) throws(Failure) {
        guard let entry = unsafe Self.makeEntry(policy, environment) else { throw .outOfMemory }
        let lock = unsafe UnsafeMutableRawPointer(shards + Self.shardCount)
            .assumingMemoryBound(to: pthread_mutex_t.self)
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }

        let old = unsafe current.load(ordering: .relaxed)
        let oldPolicy = unsafe old.pointee.policy
        if policy.settings.serial <= oldPolicy.settings.serial {
            unsafe Self.free(entry)
            guard policy.settings.serial == oldPolicy.settings.serial, policy.hasSameText(as: oldPolicy) else {
                counters.count(.outdated)
                throw .outdated
            }
            return
        }
        unsafe entry.pointee.rows = counters.rows(of: policy.policy)
        counters.count(.set)
        unsafe old.pointee.next = retired.load(ordering: .relaxed)
        unsafe old.pointee.unseen = (~0 >> 1, ~0 >> 1)
        unsafe current.store(entry, ordering: .sequentiallyConsistent)
        // After the swap, lest a child that is forked in between has a policy both in use and retired.
        unsafe retired.store(old, ordering: .releasing)
        freeUnreadEntries()
        generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    private borrowing func freeUnreadEntries() {
        var zero: (even: UInt64, odd: UInt64) = (0, 0)
        for number in 0..<Self.shardCount {
            let shard = unsafe shards + number
            if unsafe shard.pointee.even.load(ordering: .sequentiallyConsistent) == 0 { zero.even |= 1 << number }
            if unsafe shard.pointee.odd.load(ordering: .sequentiallyConsistent) == 0 { zero.odd |= 1 << number }
        }
        var previous: UnsafeMutablePointer<Entry>?
        var entry = unsafe retired.load(ordering: .relaxed)
        while let each = unsafe entry {
            // Not modified in place: to Swift that would be an access to the whole entry, which may have readers.
            let unseen = unsafe each.pointee.unseen
            let stillUnseen = (even: unseen.even & ~zero.even, odd: unseen.odd & ~zero.odd)
            unsafe each.pointee.unseen = stillUnseen
            unsafe entry = each.pointee.next
            guard stillUnseen == (0, 0) else {
                unsafe previous = each
                continue
            }
            if let previous = unsafe previous {
                unsafe previous.pointee.next = entry
            } else {
                unsafe retired.store(entry, ordering: .relaxed)
            }
            unsafe Self.free(each)
        }
    }

    private static func makeEntry(_ policy: SharedPolicy, _ environment: Int?) -> UnsafeMutablePointer<Entry>? {
        guard let memory = unsafe malloc(MemoryLayout<Entry>.size) else { return nil }
        let entry = unsafe memory.bindMemory(to: Entry.self, capacity: 1)
        policy.retain()
        unsafe entry.initialize(to: Entry(policy: policy, environment: environment, since: Int64(time(nil)), next: nil))
        return unsafe entry
    }

    private static func free(_ entry: UnsafeMutablePointer<Entry>) {
        unsafe entry.pointee.policy.release()
        unsafe CPosix.free(entry)
    }
}
