// SPDX-License-Identifier: Apache-2.0

/// Equality of bytes, eight at a time: the last eight may overlap those before.
public func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    let last = left.count &- 8
    guard last >= 0 else {
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
    var offset = 0
    while offset < last {
        guard left.word(at: offset) == right.word(at: offset) else { return false }
        offset &+= 8
    }
    return left.word(at: last) == right.word(at: last)
}

extension Span where Element == UInt8 {
    /// The eight bytes from an offset on, the first in the lowest bits. Loading them is safe in spite of its name: the
    /// span checks that they are there, and any eight bytes are a number.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The `count` bytes, 1 to 8, from an offset on, and zeros above them. Fewer than eight may be left in the span.
    @inline(__always)
    func word(at offset: Int, count: Int) -> UInt64 {
        let all = ~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
        if offset &+ 8 <= self.count { return word(at: offset) & all }
        guard self.count >= 8 else { return shortWord(at: offset, count: count) }
        // Loads the span's last eight bytes, and shifts out those before the offset.
        let before = offset &+ 8 &- self.count
        return word(at: self.count &- 8) &>> UInt64(truncatingIfNeeded: 8 &* before) & all
    }

    @inline(never)
    private func shortWord(at offset: Int, count: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(self[offset + index]) &<< UInt64(8 &* index) }
        return word
    }
}
