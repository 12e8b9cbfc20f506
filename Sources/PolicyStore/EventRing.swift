// SPDX-License-Identifier: Apache-2.0

import CPosix
import Synchronization

/// A place in a ring of words. Bytes are written and read in pieces, each of which begins with a word.
///
/// The words are atomics: what is being read may be written over, which its reader finds out afterwards.
@safe
public struct EventRing: BitwiseCopyable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    let count: Int
    private var next = 0

    /// A ring of so many whole words.
    @unsafe
    init(_ memory: UnsafeMutableRawPointer, size: Int) {
        unsafe words = memory.assumingMemoryBound(to: Atomic<UInt64>.self)
        count = size / 8
    }

    /// The words that a piece takes.
    public static func words(_ size: Int) -> Int { (size + 7) / 8 }

    /// The ring at a place that counts on and on.
    func at(_ place: UInt64) -> EventRing {
        var ring = self
        ring.next = Int(place % UInt64(count))
        return ring
    }

    /// Writes a piece of `size` bytes, of which there may be fewer now: what is behind them means nothing.
    @unsafe
    public mutating func write(_ start: UnsafeRawPointer, _ bytes: Int, size: Int) {
        for index in 0..<Self.words(size) {
            var word: UInt64 = 0
            let rest = bytes - 8 * index
            if rest > 0 { unsafe memcpy(&word, start + 8 * index, min(8, rest)) }
            unsafe words[next].store(word, ordering: .relaxed)
            advance(1)
        }
    }

    /// Reads a piece.
    @unsafe
    public mutating func read(_ start: UnsafeMutableRawPointer, size: Int) {
        for index in 0..<Self.words(size) {
            var word = unsafe words[next].load(ordering: .relaxed)
            unsafe memcpy(start + 8 * index, &word, min(8, size - 8 * index))
            advance(1)
        }
    }

    private mutating func advance(_ words: Int) {
        next += words
        if next >= count { next -= count }
    }
}
