// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What was taken up lately, by key: a table in somebody else's memory, which forgets the oldest of four. Any thread
/// may ask it; one at a time may note.
@safe
struct RepeatTable: BitwiseCopyable {
    private let entries: UnsafeMutablePointer<Entry>
    private let setCount: UInt64

    private struct Entry: ~Copyable {
        /// 0 for none.
        let key = Atomic<UInt64>(0)
        /// In seconds, of any clock.
        let time = Atomic<Int64>(0)
        /// What was held back since.
        let held = Atomic<UInt64>(0)
        /// The higher, the later it was noted, whatever the clock said.
        var order: UInt64 = 0
    }

    private static var ways: Int { 4 }

    /// A table that fits in so many zeroed bytes, of which there are 128 at least.
    @unsafe
    init(_ memory: UnsafeMutableRawPointer, size: Int) {
        unsafe entries = memory.assumingMemoryBound(to: Entry.self)
        setCount = UInt64(size / (Self.ways * MemoryLayout<Entry>.stride))
    }

    /// Whether the key was noted in the last seconds; then it is held back, and counted. A clock that goes back holds
    /// nothing back.
    func holdBack(_ key: UInt64, at now: Int64, for seconds: UInt64) -> Bool {
        let set = unsafe set(of: key)
        for way in 0..<Self.ways where unsafe set[way].key.load(ordering: .acquiring) == key {
            let age = unsafe now &- set[way].time.load(ordering: .relaxed)
            guard UInt64(bitPattern: age) < seconds else { return false }
            // Where another key has just taken the place, that one is told of a repeat too many.
            unsafe set[way].held.wrappingAdd(1, ordering: .relaxed)
            return true
        }
        return false
    }

    /// Notes a key in the place of the oldest, and returns how often it was held back since it was noted last, as far
    /// as that was not forgotten. `order` rises from one to the next.
    func note(_ key: UInt64, at now: Int64, order: UInt64) -> UInt64 {
        let set = unsafe set(of: key)
        var entry = unsafe set
        for way in 0..<Self.ways {
            if unsafe set[way].key.load(ordering: .relaxed) == key {
                unsafe entry = set + way
                break
            }
            if unsafe set[way].order < entry.pointee.order { unsafe entry = set + way }
        }
        let isKnown = unsafe entry.pointee.key.load(ordering: .relaxed) == key
        if !isKnown { unsafe entry.pointee.key.store(0, ordering: .relaxed) }
        let held = unsafe entry.pointee.held.exchange(0, ordering: .relaxed)
        unsafe entry.pointee.time.store(now, ordering: .relaxed)
        unsafe entry.pointee.order = order
        unsafe entry.pointee.key.store(key, ordering: .releasing)
        return isKnown ? held : 0
    }

    @unsafe
    private func set(of key: UInt64) -> UnsafeMutablePointer<Entry> {
        unsafe entries + Self.ways * Int(key.multipliedFullWidth(by: setCount).high)
    }
}
