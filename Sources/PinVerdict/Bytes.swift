/// Equality of bytes. The loop has no early exit, so that it compiles to vector instructions.
public func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices {
        difference |= left[index] ^ right[index]
    }
    return difference == 0
}

/// Equality with ASCII text from the source.
func isEqual(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    isEqual(bytes, text.span)
}

extension StaticString {
    /// The text's UTF-8 bytes, which are there for the life of the process.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            let bytes = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(bytes, copying: ())
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLowerLetter: Bool { self &- 0x61 < 26 }
    var isUpperLetter: Bool { self &- 0x41 < 26 }
    var isSpace: Bool { self == 0x20 || self == 0x09 }
    /// ASCII, and for anything but an upper-case letter the same byte.
    var lowercased: UInt8 { isUpperLetter ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        if isDigit { return self - 0x30 }
        let lower = lowercased
        return lower &- 0x61 < 6 ? lower - 0x61 + 10 : nil
    }
}

/// A piece of a span of less than 4 GiB, as offsets: what can be kept where a span cannot.
struct ByteRange: BitwiseCopyable {
    var start: UInt32
    var end: UInt32

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
