// SPDX-License-Identifier: Apache-2.0

/// The slots of an open-addressing table in which a key may stand, one after the other.
///
/// An entry is 0 for an empty slot. Else it has a number plus one in as many of the lower bits as the table needs, and
/// bits of the key's hash above: they tell most other keys apart without a look at what their numbers stand for.
struct SlotSearch {
    private let count: Int
    private var slot: Int
    private var left: Int
    /// The bits of an entry that are a hash's, and their values for this key.
    private let tagMask: UInt32
    private let tag: UInt32

    /// A search in a table of so many slots, all of whose numbers are smaller than that.
    init(_ hash: UInt64, count: Int) {
        let spread = hash &* 0x9e37_79b9_7f4a_7c15
        self.count = count
        left = count
        // Scaled to the number of slots.
        slot = Int(truncatingIfNeeded: ((spread >> 32) &* UInt64(truncatingIfNeeded: count)) >> 32)
        let numberBits = UInt32(UInt32.bitWidth &- UInt32(truncatingIfNeeded: count).leadingZeroBitCount)
        tagMask = numberBits < 32 ? ~0 << numberBits : 0
        tag = UInt32(truncatingIfNeeded: spread) & tagMask
    }

    /// The next slot; nil where all have been looked at.
    @inline(__always)
    mutating func next() -> Int? {
        guard left > 0 else { return nil }
        left &-= 1
        let next = slot
        slot = next &+ 1 == count ? 0 : next &+ 1
        return next
    }

    /// The number in a slot that is not empty; nil where it is another key's for certain.
    @inline(__always)
    func number(in entry: UInt32) -> Int? {
        guard entry & tagMask == tag else { return nil }
        return Int(entry & ~tagMask) &- 1
    }

    /// What is written into the key's slot, for its number.
    func entry(_ number: Int) -> UInt32 { tag | UInt32(truncatingIfNeeded: number &+ 1) & ~tagMask }
}
