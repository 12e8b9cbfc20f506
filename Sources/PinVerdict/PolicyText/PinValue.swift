// SPDX-License-Identifier: Apache-2.0

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
        /// Pins of nobody: what a pipeline prints whose first command has failed, and a digest of 32 equal octets.
        case ofNothing
        case placeholder
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
        let digest = try bareDigest(value.extracting(start..<end))
        if digest == .ofNothing { throw .ofNothing }
        if digest.isPlaceholder { throw .placeholder }
        return digest
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

    private static func base64(_ text: Span<UInt8>) throws(Failure) -> Digest {
        var digest = Digest()
        var octet = 0
        do throws(Base64.Malformed) {
            try Base64.decode(text) { value in
                if octet < Digest.size { digest[octet] = value }
                octet += 1
            }
        } catch {
            // Of so many letters with one of padding, all that can be wrong are bits that encode nothing.
            let reason = reason(text)
            if case .wrongLength(Digest.size) = reason { throw .nonCanonical }
            throw reason
        }
        guard octet == Digest.size else { throw reason(text) }
        return digest
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
            } else if Base64.value(of: byte) != nil {
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
    /// Whether white space, `;` or `,` stands inside: more values than one.
    var holdsSeparator: Bool {
        for index in indices
        where self[index].isSpace || self[index] == UInt8(ascii: ";") || self[index] == UInt8(ascii: ",") {
            return true
        }
        return false
    }
}
