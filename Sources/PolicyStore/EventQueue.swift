// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// Events that wait to be taken: a ring of fixed size, and a table of those that were taken up lately.
///
/// One thread at a time puts, behind a lock that is tried and never waited for. Taking needs none: who takes copies the
/// oldest and then moves the ring's beginning past it, where no other has done so meanwhile. One that ends in the midst
/// of that keeps nobody from anything.
///
/// All of it lies in memory that a forked child finds zeroed: its queue is empty.
@safe
public struct EventQueue: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let size: Int
    private let repeatAfter: UInt64
    private let repeats: RepeatTable
    private let ring: EventRing
    /// What keys are made with.
    public let seed: HostSeed

    private struct Header: ~Copyable {
        let isPutting = Atomic<Bool>(false)
        /// Where the ring's content ends, in words that were ever written.
        let end = Atomic<UInt64>(0)
        private let padding = InlineArray<14, UInt64>(repeating: 0)
        /// Where it begins.
        let beginning = Atomic<UInt64>(0)
    }

    public enum Outcome: Int {
        case queued = 0
        case repeated = 1
        /// There was no room, or another thread was at it.
        case lost = 2
    }

    private static var headerSize: Int { 256 }

    /// A queue in so many bytes, 64 KiB at least; nil where there is no memory.
    public init?(memory size: Int, repeatAfter seconds: UInt32) {
        let mapped = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe mapped, unsafe memory != cposix_map_failed() else { return nil }
        // On a kernel before 4.14 a child has the events of its parent too.
        _ = unsafe madvise(memory, size, MADV_WIPEONFORK)
        let tableSize = size / 8 & ~127
        let ringOffset = Self.headerSize + tableSize
        unsafe self.memory = memory
        self.size = size
        repeatAfter = UInt64(seconds)
        repeats = unsafe RepeatTable(memory + Self.headerSize, size: tableSize)
        ring = unsafe EventRing(memory + ringOffset, size: size - ringOffset)
        // Without random numbers, whoever chooses certificates might have two taken for one.
        seed = SharedPolicy.randomSeed() ?? HostSeed(0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9)
    }

    deinit { unsafe munmap(memory, size) }

    private var header: UnsafeMutablePointer<Header> { unsafe memory.assumingMemoryBound(to: Header.self) }

    /// Whether an event with the key was taken up in the last seconds; then it is counted with that.
    public borrowing func holdsBack(_ key: UInt64, at now: Int64) -> Bool {
        repeats.holdBack(key, at: now, for: repeatAfter)
    }

    /// Puts an event at the end, if there is room for its pieces, of which there are so many words. The body writes
    /// them, and is told how many were held back before this one.
    public borrowing func put(
        _ key: UInt64, at now: Int64, words: Int, _ write: (inout EventRing, UInt64) -> Void
    ) -> Outcome {
        guard unsafe !header.pointee.isPutting.exchange(true, ordering: .acquiring) else { return .lost }
        defer { unsafe header.pointee.isPutting.store(false, ordering: .releasing) }
        // Another thread may have been faster.
        if holdsBack(key, at: now) { return .repeated }
        let end = unsafe header.pointee.end.load(ordering: .relaxed)
        let used = unsafe end &- header.pointee.beginning.load(ordering: .acquiring)
        var size = UInt64(words) &+ 1
        guard used &+ size <= UInt64(ring.count) else { return .lost }
        var place = ring.at(end)
        unsafe place.write(&size, 8, size: 8)
        write(&place, repeats.note(key, at: now, order: end &+ size))
        unsafe header.pointee.end.store(end &+ size, ordering: .releasing)
        return .queued
    }

    /// Takes the oldest event; false where there is none. The body reads its pieces, and may be called several times:
    /// what it has read counts the last time alone, and may be anything before.
    public borrowing func take(_ read: (inout EventRing) -> Void) -> Bool {
        while true {
            let beginning = unsafe header.pointee.beginning.load(ordering: .acquiring)
            guard unsafe header.pointee.end.load(ordering: .acquiring) != beginning else { return false }
            var place = ring.at(beginning)
            var size: UInt64 = 0
            unsafe place.read(&size, size: 8)
            read(&place)
            let isTaken = unsafe header.pointee.beginning.compareExchange(
                expected: beginning, desired: beginning &+ size, ordering: .acquiringAndReleasing
            ).exchanged
            if isTaken { return true }
        }
    }
}
