// SPDX-License-Identifier: Apache-2.0

/// A piece of a span of less than 4 GiB, as offsets, which can be stored where a span cannot.
public struct ByteRange: BitwiseCopyable {
    var start: UInt32
    var end: UInt32

    @inline(__always)
    init(start: UInt32, end: UInt32) {
        self.start = start
        self.end = end
    }

    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
    }

    init(_ range: Range<Int>) { self.init(range.lowerBound, range.upperBound) }

    var count: Int { Int(end) - Int(start) }
}

extension Span where Element == UInt8 {
    @_lifetime(copy self)
    func extracting(_ range: ByteRange) -> Span<UInt8> { extracting(Int(range.start)..<Int(range.end)) }
}
