/// The spellings of a pin's value in a policy file: base64 with padding, 64 hex digits with or without
/// colons between the octets, and what people paste from other tools.
enum PinValue {
    enum Failure: Error {
        case empty
        case several
        case urlSafe
        case unpadded
        case wrongLength(Int)
        case notPin
        case attributeOfOtherKind
        case nonCanonical
    }

    static func digest(of value: Span<UInt8>, kind: PinKind) throws(Failure) -> Digest {
        guard value.count > 0 else { throw .empty }
        var start = 0
        var end = value.count
        if value.starts(with: "pin-sha256=\"") {
            guard kind == .spki else { throw .attributeOfOtherKind }  // RFC 7469's pin is of the SPKI
            guard value[end - 1] == 0x22, end > 13 else { throw value.holdsSeparator ? .several : .notPin }
            start = 12
            end -= 1
        } else if value.starts(with: "sha256//"), !(value.count == 51 && value[50] == 0x3d) {
            start = 8  // curl's; but "sha256/" before 44 characters of base64 may be followed by one of them
        } else if value.starts(with: "sha256/") {
            start = 7
        }
        return try bareDigest(value.extracting(start..<end))
    }

    private static func bareDigest(_ text: Span<UInt8>) throws(Failure) -> Digest {
        if text.count == 44, text[43] == 0x3d { return try base64(text) }
        if text.count == 64 { if let digest = hex(text, colons: false) { return digest } }
        if text.count == 95 { if let digest = hex(text, colons: true) { return digest } }
        throw reason(text)
    }

    private static func hex(_ text: Span<UInt8>, colons: Bool) -> Digest? {
        var digest = Digest()
        let step = colons ? 3 : 2
        for octet in 0..<32 {
            guard let high = text[octet * step].hexValue, let low = text[octet * step + 1].hexValue else { return nil }
            if colons, octet < 31, text[octet * step + 2] != 0x3a { return nil }
            digest[octet] = high << 4 | low
        }
        return digest
    }

    /// 43 characters and one of padding: 32 octets (RFC 4648, section 4).
    private static func base64(_ text: Span<UInt8>) throws(Failure) -> Digest {
        var words = InlineArray<4, UInt64>(repeating: 0)
        var octet = 0
        var group: UInt32 = 0
        for index in 0..<43 {
            guard let value = base64Value(text[index]) else { throw reason(text) }
            group = group << 6 | UInt32(value)
            if index & 3 == 3 {
                for part in 0..<3 {
                    words[octet >> 3] |= UInt64(group >> UInt32(16 - 8 * part) & 0xff) << UInt64(8 * (octet & 7))
                    octet += 1
                }
                group = 0
            }
        }
        guard group & 3 == 0 else { throw .nonCanonical }  // the last character has two bits to spare
        words[3] |= UInt64(group >> 10 & 0xff) << 48 | UInt64(group >> 2 & 0xff) << 56
        return Digest(words: words)
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        if byte.isUpperLetter { return byte - 0x41 }
        if byte.isLowerLetter { return byte - 0x61 + 26 }
        if byte.isDigit { return byte - 0x30 + 52 }
        if byte == 0x2b { return 62 }
        return byte == 0x2f ? 63 : nil
    }

    /// Why the text is not 32 octets in a spelling that is taken.
    private static func reason(_ text: Span<UInt8>) -> Failure {
        guard text.count > 0 else { return .empty }
        if text.holdsSeparator { return .several }
        var hexDigits = 0
        var base64Characters = 0
        var padding = 0
        var urlSafeCharacters = 0
        for index in text.indices {
            let byte = text[index]
            if byte.hexValue != nil { hexDigits += 1 }
            if byte == 0x3d {
                padding += 1
            } else if padding > 0 {
                return .notPin
            } else if byte == 0x2d || byte == 0x5f {
                urlSafeCharacters += 1
            } else if base64Value(byte) != nil {
                base64Characters += 1
            } else {
                return .notPin
            }
        }
        if hexDigits == text.count { return hexDigits % 2 == 0 ? .wrongLength(hexDigits / 2) : .notPin }
        if urlSafeCharacters > 0 {
            return base64Characters + urlSafeCharacters == 43 && padding <= 1 ? .urlSafe : .notPin
        }
        if base64Characters == 43, padding == 0 { return .unpadded }
        guard (base64Characters + padding) % 4 == 0, padding <= 2 else { return .notPin }
        return .wrongLength(base64Characters * 3 / 4)
    }
}

extension Span where Element == UInt8 {
    func starts(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return count >= length && isEqual(extracting(0..<length), text)
    }

    /// Whether white space, `;` or `,` stands inside: more values than one.
    var holdsSeparator: Bool {
        for index in indices where self[index].isSpace || self[index] == 0x3b || self[index] == 0x2c { return true }
        return false
    }
}
