// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// Counts how checks end: by outcome, and by rule.
///
/// The counters lie in one mapping that processes share with those that they fork, so that what a worker has counted
/// is there when it is gone. Each thread adds to the lines of a shard, and no line is written by all: threads have
/// numbers, and each process takes a place of its own, by which threads of the same number in several processes come to
/// different shards. Where two come to one all the same, their additions are atomic. Counters only rise, and outlive
/// policies.
@safe
public struct CheckCounters: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    /// The place of this process, from 1; 0 until it has taken one. In memory that a forked child finds zeroed.
    private let process: UnsafeMutablePointer<Atomic<Int>>

    /// Of a rule, in one shard: a cache line. What matched is counted here alone, so that the usual check adds once.
    private enum Column {
        static var count: Int { 8 }
        /// And whether a backup did, and whether the rule is enforced.
        static var matched: Int { 0 }
        static var softened: Int { 4 }
        static var refused: Int { 5 }
        /// Seconds since 1970.
        static var lastFailure: Int { 6 }
        /// The thread that counts here what matches; 0 for none.
        static var owner: Int { 7 }

        @inline(__always)
        static func matched(isBackup: Bool, isEnforced: Bool) -> Int { (isBackup ? 1 : 0) | (isEnforced ? 2 : 0) }
    }

    /// The name of a rule: what stands in its section's header.
    private struct Row: ~Copyable {
        /// 0 free, 1 being named, 2 named. A process that ends while it names one takes it along.
        let state = Atomic<Int>(0)
        var size = 0
        var name = InlineArray<256, UInt8>(repeating: 0)
    }

    private struct Header: ~Copyable {
        let processes = Atomic<Int>(0)
        let sets = Atomic<UInt64>(0)
        let outdated = Atomic<UInt64>(0)
        let rejected = Atomic<UInt64>(0)
        /// A bit for each shard that has been counted in. The pages of others need not be looked at, which would take
        /// memory.
        let shardsInUse = Atomic<UInt64>(0)
    }

    private static var shardCount: Int { 64 }
    /// As many first shards have owners of lines; the others are for threads that find those taken.
    private static var ownedShardCount: Int { 32 }
    /// One for each rule that has one, one for all others, and one for events.
    private static var rowCount: Int { RuleRows.maximum + 2 }
    private static var eventRow: Int { RuleRows.maximum + 1 }
    private static var rowsOffset: Int { 128 }
    private static var shardsOffset: Int { roundedUp(rowsOffset + RuleRows.maximum * MemoryLayout<Row>.stride) }
    private static var counterSize: Int { MemoryLayout<Atomic<UInt64>>.stride }
    private static var rulesOffset: Int { CheckOutcome.count * counterSize }
    private static var shardSize: Int { rulesOffset + rowCount * Column.count * counterSize }
    private static var memorySize: Int { shardsOffset + shardCount * shardSize }

    /// To pairs of cache lines, as processors fetch them.
    private static func roundedUp(_ size: Int) -> Int { (size + 127) & ~127 }

    /// Counters of 0, or nil where there is no memory. What `process` points to has to outlive them.
    @unsafe
    init?(process: UnsafeMutablePointer<Atomic<Int>>) {
        // Nothing of it takes memory before it is counted in.
        let mapped = unsafe mmap(
            nil, Self.memorySize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe mapped, unsafe memory != cposix_map_failed() else { return nil }
        unsafe self.memory = memory
        unsafe self.process = process
    }

    deinit { unsafe munmap(memory, Self.memorySize) }

    // ---------------------------------------------------------------------------------------------- counting

    /// Counts a check, under the rule that decided where there was one.
    @inline(__always)
    @unsafe
    borrowing func count(_ verdict: borrowing Verdict, _ rows: UnsafePointer<RuleRows>) {
        guard verdict.reason == .matched, let rule = verdict.rule else {
            countOther(CheckOutcome(verdict), verdict.rule.map { unsafe RuleRows.row(of: $0, in: rows) })
            return
        }
        let column = Column.matched(isBackup: verdict.isBackup, isEnforced: verdict.isEnforced)
        let row = unsafe RuleRows.row(of: rule, in: rows)
        let thread = self.thread
        let counts = unsafe self.rule(row, of: self.shard(thread.shard))
        guard unsafe counts[Column.owner].load(ordering: .relaxed) == thread.id else {
            return countMatched(column, row, thread)
        }
        let count = unsafe counts[column].load(ordering: .relaxed)
        unsafe counts[column].store(count &+ 1, ordering: .relaxed)
    }

    /// The first time that a thread counts in a line; or each time, where the line is another's.
    @inline(never)
    private borrowing func countMatched(_ column: Int, _ row: Int, _ thread: CountingThread) {
        let counts = unsafe self.rule(row, of: self.shard(thread.shard))
        let (isOwn, _) = unsafe counts[Column.owner].compareExchange(
            expected: 0, desired: thread.id, ordering: .relaxed)
        let shard = isOwn ? thread.shard : thread.shard + Self.ownedShardCount
        beginUsing(shard)
        unsafe self.rule(row, of: self.shard(shard))[column].wrappingAdd(1, ordering: .relaxed)
    }

    /// A rule that is off, or whose pins have expired, has looked for no pin, and is not counted where it allows.
    @inline(never)
    private borrowing func countOther(_ outcome: CheckOutcome, _ row: Int?) {
        let shard = unsafe self.shard
        unsafe outcomes(of: shard)[outcome.index].wrappingAdd(1, ordering: .relaxed)
        guard let row, !outcome.isAllowed || outcome.reason != .enforcementOff && outcome.reason != .pinsExpired else {
            return
        }
        let counts = unsafe rule(row, of: shard)
        unsafe counts[outcome.isAllowed ? Column.softened : Column.refused].wrappingAdd(1, ordering: .relaxed)
        let now = UInt64(truncatingIfNeeded: time(nil))
        if unsafe counts[Column.lastFailure].load(ordering: .relaxed) < now {
            unsafe counts[Column.lastFailure].store(now, ordering: .relaxed)
        }
    }

    /// Counts a refusal that no policy was asked about.
    @inline(never)
    public borrowing func count(refusal: Refusal) {
        countOther(CheckOutcome(Verdict(refusing: refusal)), nil)
    }

    /// Counts what became of a check's end that is an event.
    public borrowing func count(_ event: EventQueue.Outcome) {
        let place = unsafe rule(Self.eventRow, of: shard) + event.rawValue
        unsafe place.pointee.wrappingAdd(1, ordering: .relaxed)
    }

    enum Offer {
        case set
        case outdated
        case rejected
    }

    borrowing func count(_ offer: Offer) {
        switch offer {
        case .set: unsafe header.pointee.sets.wrappingAdd(1, ordering: .relaxed)
        case .outdated: unsafe header.pointee.outdated.wrappingAdd(1, ordering: .relaxed)
        case .rejected: unsafe header.pointee.rejected.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// Counts a policy that did not come as far as being set.
    public borrowing func countRefusedPolicy(isOutdated: Bool) { count(isOutdated ? .outdated : .rejected) }

    /// The rows of a policy's first rules; new names take free rows, as long as there are any.
    @inline(never)
    borrowing func rows(of policy: borrowing Policy) -> RuleRows {
        var rows = RuleRows()
        for number in 0..<min(policy.rules.count, RuleRows.maximum) {
            let pattern = policy.pattern(of: policy.rules[number])
            if let row = row(named: pattern.span) { rows.set(number, row) }
        }
        return rows
    }

    private borrowing func row(named name: Span<UInt8>) -> Int? {
        for number in 0..<RuleRows.maximum {
            let row = unsafe row(number)
            let (isTaken, state) = unsafe row.pointee.state.compareExchange(
                expected: 0, desired: 1, ordering: .acquiringAndReleasing)
            guard isTaken else {
                // One that another process names at this moment may come to have the name twice: they are told as one.
                if state == 2, unsafe isEqual(row, name) { return number }
                continue
            }
            for index in 0..<min(name.count, 255) { unsafe row.pointee.name[index] = name[index] }
            unsafe row.pointee.size = min(name.count, 255)
            unsafe row.pointee.state.store(2, ordering: .releasing)
            return number
        }
        return nil
    }

    /// How long a row's name is. A process that shares the memory may have written anything there.
    @unsafe
    private static func size(of row: UnsafeMutablePointer<Row>) -> Int { unsafe max(0, min(row.pointee.size, 255)) }

    @unsafe
    private borrowing func isEqual(_ row: UnsafeMutablePointer<Row>, _ name: Span<UInt8>) -> Bool {
        guard unsafe row.pointee.size == name.count, name.count <= 255 else { return false }
        for index in name.indices where unsafe row.pointee.name[index] != name[index] { return false }
        return true
    }

    // ----------------------------------------------------------------------------------------------- reading

    /// Each outcome that there may be, or has been, and how often.
    public borrowing func forEachOutcome(_ body: (CheckOutcome, UInt64) -> Void) {
        for index in 0..<CheckOutcome.count {
            guard let outcome = CheckOutcome(index: index) else { continue }
            var sum = unsafe self.sum { unsafe outcomes(of: $0) + index }
            if outcome.reason == .matched {
                let column = Column.matched(isBackup: outcome.isBackup, isEnforced: outcome.isEnforced)
                if outcome.isAllowed { forEachRow { row in sum &+= unsafe self.sum(column, ofRow: row) } }
            }
            if sum > 0 || outcome.isExpected { body(outcome, sum) }
        }
    }

    /// The rows with names, and that of all other rules.
    private borrowing func forEachRow(_ body: (Int) -> Void) {
        for number in 0..<RuleRows.maximum {
            guard unsafe row(number).pointee.state.load(ordering: .acquiring) != 0 else { break }
            body(number)
        }
        body(Int(RuleRows.others))
    }

    /// Adds up a counter of all shards that have been counted in.
    @unsafe
    private borrowing func sum(_ counter: (UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>>) -> UInt64 {
        var sum: UInt64 = 0
        let inUse = unsafe header.pointee.shardsInUse.load(ordering: .acquiring)
        for number in 0..<Self.shardCount where inUse & 1 << UInt64(number) != 0 {
            sum &+= unsafe counter(shard(number)).pointee.load(ordering: .relaxed)
        }
        return sum
    }

    @unsafe
    private borrowing func sum(_ column: Int, ofRow row: Int) -> UInt64 {
        unsafe sum { unsafe rule(row, of: $0) + column }
    }

    /// What was counted under a rule.
    public struct RuleSums: BitwiseCopyable {
        public fileprivate(set) var matched: UInt64 = 0
        public fileprivate(set) var backup: UInt64 = 0
        public fileprivate(set) var softened: UInt64 = 0
        public fileprivate(set) var refused: UInt64 = 0
        /// Seconds since 1970; 0 for none.
        public fileprivate(set) var lastFailure: Int64 = 0

        var isZero: Bool { matched | backup | softened | refused == 0 }
    }

    /// Each rule that has a row, by its name, and last, with an empty name, all others where they were counted.
    public borrowing func forEachRule(_ body: (Span<UInt8>, RuleSums) -> Void) {
        for number in 0..<RuleRows.maximum {
            let row = unsafe row(number)
            guard unsafe row.pointee.state.load(ordering: .acquiring) == 2, unsafe isFirst(number) else { continue }
            var sums = RuleSums()
            for other in number..<RuleRows.maximum where unsafe isSame(number, other) { unsafe add(other, to: &sums) }
            let name = unsafe row.pointee.name
            body(name.span.extracting(first: unsafe Self.size(of: row)), sums)
        }
        var sums = RuleSums()
        unsafe add(Int(RuleRows.others), to: &sums)
        let empty = InlineArray<1, UInt8>(repeating: 0)
        if !sums.isZero { body(empty.span.extracting(first: 0), sums) }
    }

    @unsafe
    private borrowing func isFirst(_ number: Int) -> Bool {
        for other in 0..<number where unsafe isSame(other, number) { return false }
        return true
    }

    @unsafe
    private borrowing func isSame(_ number: Int, _ other: Int) -> Bool {
        guard number != other else { return true }
        guard unsafe row(other).pointee.state.load(ordering: .acquiring) == 2 else { return false }
        let name = unsafe row(number).pointee.name
        return unsafe isEqual(row(other), name.span.extracting(first: Self.size(of: row(number))))
    }

    @unsafe
    private borrowing func add(_ number: Int, to sums: inout RuleSums) {
        for isEnforced in [false, true] {
            sums.matched &+= unsafe sum(Column.matched(isBackup: false, isEnforced: isEnforced), ofRow: number)
            sums.backup &+= unsafe sum(Column.matched(isBackup: true, isEnforced: isEnforced), ofRow: number)
        }
        sums.softened &+= unsafe sum(Column.softened, ofRow: number)
        sums.refused &+= unsafe sum(Column.refused, ofRow: number)
        let inUse = unsafe header.pointee.shardsInUse.load(ordering: .acquiring)
        for shard in 0..<Self.shardCount where inUse & 1 << UInt64(shard) != 0 {
            let time = unsafe rule(number, of: self.shard(shard))[Column.lastFailure].load(ordering: .relaxed)
            sums.lastFailure = max(sums.lastFailure, Int64(truncatingIfNeeded: time))
        }
    }

    /// Policies that were offered: set, refused as outdated, refused for something else.
    public var offers: (sets: UInt64, outdated: UInt64, rejected: UInt64) {
        unsafe (
            header.pointee.sets.load(ordering: .relaxed), header.pointee.outdated.load(ordering: .relaxed),
            header.pointee.rejected.load(ordering: .relaxed)
        )
    }

    /// How many events had an outcome.
    public borrowing func events(_ outcome: EventQueue.Outcome) -> UInt64 {
        unsafe sum(outcome.rawValue, ofRow: Self.eventRow)
    }

    // ------------------------------------------------------------------------------------------------ layout

    // Zeroed memory is what an Atomic of 0 looks like.

    private var header: UnsafeMutablePointer<Header> { unsafe memory.assumingMemoryBound(to: Header.self) }

    @unsafe
    private func row(_ number: Int) -> UnsafeMutablePointer<Row> {
        unsafe (memory + Self.rowsOffset).assumingMemoryBound(to: Row.self) + number
    }

    @unsafe
    private func shard(_ number: Int) -> UnsafeMutableRawPointer {
        unsafe memory + Self.shardsOffset + number * Self.shardSize
    }

    /// Who counts, and where.
    private struct CountingThread {
        let place: Int
        let number: UInt32

        /// No other thread's of any process.
        var id: UInt64 { UInt64(truncatingIfNeeded: place) << 32 | UInt64(number) }

        var shard: Int { (Int(number) &+ 9 &* place) & (CheckCounters.ownedShardCount &- 1) }
    }

    @inline(__always)
    private var thread: CountingThread {
        var place = unsafe process.pointee.load(ordering: .relaxed)
        if place == 0 { place = newPlace() }
        return CountingThread(place: place, number: cposix_thread_number())
    }

    /// The calling thread's.
    private var shard: UnsafeMutableRawPointer {
        let number = thread.shard
        beginUsing(number)
        return unsafe shard(number)
    }

    @inline(never)
    private func newPlace() -> Int {
        let place = unsafe header.pointee.processes.wrappingAdd(1, ordering: .relaxed).newValue
        let (isFirst, other) = unsafe process.pointee.compareExchange(
            expected: 0, desired: place, ordering: .relaxed)
        return isFirst ? place : other
    }

    private func beginUsing(_ shard: Int) {
        let bit: UInt64 = 1 &<< UInt64(shard)
        if unsafe header.pointee.shardsInUse.load(ordering: .relaxed) & bit != 0 { return }
        unsafe header.pointee.shardsInUse.bitwiseOr(bit, ordering: .acquiringAndReleasing)
    }

    @unsafe
    @inline(__always)
    private func outcomes(of shard: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe shard.assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The counters of a row.
    @unsafe
    @inline(__always)
    private func rule(_ row: Int, of shard: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (shard + Self.rulesOffset).assumingMemoryBound(to: Atomic<UInt64>.self) + row &* Column.count
    }
}
