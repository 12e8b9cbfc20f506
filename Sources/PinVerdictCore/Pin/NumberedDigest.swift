// SPDX-License-Identifier: Apache-2.0

/// A digest and a number that tells it from others of the same bytes, to be sorted and looked for.
public struct NumberedDigest: BitwiseCopyable, Sendable {
    let digest: Digest
    let number: UInt32
    /// Of no consequence to their order, but between those that are equal: these keep the text's.
    let line: UInt32

    init(_ digest: Digest, _ number: UInt32, line: UInt32 = 0) {
        self.digest = digest
        self.number = number
        self.line = line
    }

    /// By digest, then by number.
    @inline(__always)
    func isBefore(_ other: NumberedDigest) -> Bool {
        // Of most the first word tells.
        guard digest.word(0) == other.digest.word(0), digest == other.digest else {
            return digest.isBefore(other.digest)
        }
        return number < other.number
    }
}

extension MutableSpan where Element == NumberedDigest {
    /// Sorts the first so many in place, as a heap: the time grows with n log n, whatever the order was.
    @_lifetime(self: copy self)
    mutating func sort(first count: Int) {
        for root in (0..<(count / 2)).reversed() { sift(root, count) }
        for end in (0..<count).reversed() {
            swapAt(0, end)
            sift(0, end)
        }
    }

    /// Lets an element down into a heap that ends before `end`.
    @inline(never)
    @_lifetime(self: copy self)
    private mutating func sift(_ root: Int, _ end: Int) {
        let element = self[root]
        var hole = root
        while 2 * hole + 1 < end {
            var child = 2 * hole + 1
            if child + 1 < end, self[child].isSortedBefore(self[child + 1]) { child += 1 }
            guard element.isSortedBefore(self[child]) else { break }
            self[hole] = self[child]
            hole = child
        }
        self[hole] = element
    }
}

extension NumberedDigest {
    /// Whether neither is before the other.
    func isSame(as other: NumberedDigest) -> Bool { digest == other.digest && number == other.number }

    fileprivate func isSortedBefore(_ other: NumberedDigest) -> Bool {
        isSame(as: other) ? line < other.line : isBefore(other)
    }
}

extension Span where Element == NumberedDigest {
    /// The first place in a sorted span whose element is not before this one.
    func place(of key: NumberedDigest) -> Int {
        var first = 0
        var count = count
        while count > 0 {
            let half = count / 2
            let isBefore = self[first &+ half].isBefore(key)
            first = isBefore ? first &+ half &+ 1 : first
            count = isBefore ? count &- half &- 1 : half
        }
        return first
    }
}
