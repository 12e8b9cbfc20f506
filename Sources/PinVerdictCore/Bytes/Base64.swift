// SPDX-License-Identifier: Apache-2.0

/// Base64 with padding (RFC 4648, section 4).
public enum Base64 {
    /// Why text is not base64.
    public enum Malformed: Error, Equatable {
        case character(UInt8)
        /// Its length is no multiple of four.
        case length
        /// It does not end as base64 does: too much padding, text behind it, or bits that encode nothing.
        case padding
    }

    /// Decodes a text without white space. The body gets the octets that stand before a mistake, too.
    public static func decode(_ text: Span<UInt8>, _ body: (UInt8) -> Void) throws(Malformed) {
        var start = 0
        while start < text.count {
            var group: UInt32 = 0
            var padding = 0
            for index in start..<min(start + 4, text.count) {
                group <<= 6
                if text[index] == UInt8(ascii: "=") {
                    padding += 1
                } else {
                    guard let value = value(of: text[index]) else { throw .character(text[index]) }
                    guard padding == 0 else { throw .padding }
                    group |= UInt32(value)
                }
            }
            start += 4
            guard start <= text.count else { throw .length }
            guard padding == 0 || padding <= 2 && start == text.count && group & (1 << UInt32(8 * padding) - 1) == 0
            else { throw .padding }
            for place in 0..<(3 - padding) { body(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
        }
    }

    /// As many as the longest value of policies and signatures has: a log's key.
    typealias Octets = ASCIIText<91>

    /// What so many octets at most are encoded as; nil for what is not base64. Truncated where there are more.
    @inline(never)
    static func octets(of text: Span<UInt8>) -> Octets? {
        var octets = Octets()
        do throws(Malformed) {
            try decode(text) { octets.append($0) }
            return octets
        } catch {
            return nil
        }
    }

    /// The six bits that a character stands for.
    static func value(of character: UInt8) -> UInt8? {
        if character.isUpperLetter { return character - UInt8(ascii: "A") }
        if character.isLowerLetter { return character - UInt8(ascii: "a") + 26 }
        if character.isDigit { return character - UInt8(ascii: "0") + 52 }
        if character == UInt8(ascii: "+") { return 62 }
        return character == UInt8(ascii: "/") ? 63 : nil
    }

    /// The character for six bits.
    public static func character(for value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: value + UInt8(ascii: "A")
        case 26..<52: value - 26 + UInt8(ascii: "a")
        case 52..<62: value - 52 + UInt8(ascii: "0")
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
