// SPDX-License-Identifier: Apache-2.0

/// What one pass over a spelling finds. It has to have the form of a host name, as an IPv4 address has, too.
struct HostNameScan {
    /// Bytes without the trailing dot.
    let count: Int
    /// getaddrinfo takes the last label for a number: digits alone, or what begins with `0x`.
    let isNumeric: Bool
    private let isLowerCase: Bool

    /// The first ``count`` bytes of the spelling are the name in canonical form.
    var isCanonical: Bool { isLowerCase && !isNumeric }

    /// Nil where a byte is none of a name's, or where the name or a label of it is empty or too long.
    @_optimize(speed)
    init?(_ spelling: Span<UInt8>) {
        guard spelling.count > 0 else { return nil }
        let end = spelling[spelling.count - 1] == UInt8(ascii: ".") ? spelling.count - 1 : spelling.count
        guard end > 0, end <= HostName.maximumLength else { return nil }
        var labelStart = 0
        var upperCase: UInt64 = 0
        var offset = 0
        while offset < end {
            guard let word = NameWord(spelling, offset, end) else { return nil }
            upperCase |= word.upperCase
            var dots = word.dots
            while dots != 0 {
                let dot = offset &+ dots.trailingZeroBitCount >> 3
                guard HostNameScan.isLabelLength(labelStart, dot) else { return nil }
                labelStart = dot &+ 1
                dots &= dots &- 1
            }
            offset &+= 8
        }
        guard HostNameScan.isLabelLength(labelStart, end) else { return nil }
        count = end
        isLowerCase = upperCase == 0
        isNumeric = spelling[labelStart].isDigit && HostNameScan.isNumber(spelling.extracting(labelStart..<end))
    }

    @inline(__always)
    private static func isLabelLength(_ start: Int, _ end: Int) -> Bool { end > start && end &- start <= 63 }

    private static func isNumber(_ label: Span<UInt8>) -> Bool {
        if label.count > 1, label[0] == UInt8(ascii: "0"), label[1].lowercased == UInt8(ascii: "x") { return true }
        for index in label.indices where !label[index].isDigit { return false }
        return true
    }
}

/// Up to eight bytes of a name in one number, so that a few bit operations find all those of a class.
private struct NameWord {
    /// The highest bit of each byte that is an upper-case letter.
    let upperCase: UInt64
    /// The highest bit of each byte that is a dot.
    let dots: UInt64

    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// Reads from `offset` on, not past `end`; nil where a byte is none of a name's.
    @inline(__always)
    init?(_ spelling: Span<UInt8>, _ offset: Int, _ end: Int) {
        let count = min(8, end &- offset)
        let word = spelling.word(at: offset, count: count)
        let all = Self.highBits &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)
        guard word & Self.highBits == 0 else { return nil }
        upperCase = Self.inside("A", "Z", word)
        dots = Self.inside(".", ".", word)
        let lowerCase = word | upperCase >> 2  // 0x20 in each byte that has an upper-case letter
        let allowed =
            Self.inside("a", "z", lowerCase) | Self.inside("0", "9", word) | Self.inside("-", ".", word)
            | Self.inside("_", "_", word)
        guard allowed == all else { return nil }
    }

    /// The highest bit of each byte from `first` to `last`. Every byte is below 0x80: adding 0x80 - low takes those
    /// from `first` on past 0x7f, adding 0x7f - high those above `last`, and no sum carries into the next byte.
    @inline(__always)
    private static func inside(_ first: Unicode.Scalar, _ last: Unicode.Scalar, _ word: UInt64) -> UInt64 {
        let (low, high) = (UInt64(UInt8(ascii: first)), UInt64(UInt8(ascii: last)))
        return (word &+ ones &* (0x80 &- low)) & ~(word &+ ones &* (0x7f &- high)) & highBits
    }
}
