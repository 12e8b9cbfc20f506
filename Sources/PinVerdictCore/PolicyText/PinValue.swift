// SPDX-License-Identifier: Apache-2.0

/// The spellings of a pin's value in a policy file: base64 with padding, 64 hex digits with or without
/// colons between the octets, and what people paste from other tools.
public enum PinValue {
    public enum Failure: Error {
        case empty
        case several
        case urlSafe
        case unpadded
        case wrongLength(Int)
        case notPin
        case attributeOfOtherKind
        case fingerprintOfOtherKind
        case sha1
        case nonCanonical
        /// Pins of nobody: what a pipeline prints whose first command has failed, and a digest of 32 equal octets.
        case ofNothing
        case placeholder
    }

    public static func digest(of value: Span<UInt8>, kind: PinKind) throws(Failure) -> Digest {
        var text = value
        text.dropListSeparator()
        guard text.count > 0 else { throw .empty }
        // Base64 may begin with the letters of any prefix.
        if text.count != 44 || text[43] != UInt8(ascii: "=") { try dropPrefix(of: &text, kind) }
        let digest = try bareDigest(text)
        if digest == .ofNothing { throw .ofNothing }
        if digest.isPlaceholder { throw .placeholder }
        return digest
    }

    /// Takes off what stands around a digest, of a value that says what it is a digest of for that kind alone.
    @_lifetime(text: copy text)
    private static func dropPrefix(of text: inout Span<UInt8>, _ kind: PinKind) throws(Failure) {
        let value = text
        if text.drop("pin-sha256=\"") {
            guard kind == .spki else { throw .attributeOfOtherKind }  // RFC 7469's pin is of the SPKI
            guard text.count > 1, text[text.count - 1] == UInt8(ascii: "\"") else {
                throw value.holdsSeparator ? .several : .notPin
            }
            text = text.extracting(droppingLast: 1)
        } else if text.drop("pin-sha256:") {
            guard kind == .spki else { throw .attributeOfOtherKind }  // certtool's and OpenConnect's is, too
        } else if text.drop(letters: "sha256 fingerprint=") {
            guard kind == .certificate else { throw .fingerprintOfOtherKind }
        } else if text.starts(with: "sha256//"), !(text.count == 51 && text[50] == UInt8(ascii: "=")) {
            text = text.extracting(droppingFirst: 8)  // curl's; but base64 behind "sha256/" may begin with a slash
        } else if text.drop(letters: "0x") {
            for index in text.indices where text[index].hexValue == nil { throw .notPin }
        } else {
            _ = text.drop("sha256/") || text.drop(letters: "sha256:")
        }
    }

    private static func bareDigest(_ text: Span<UInt8>) throws(Failure) -> Digest {
        if text.count == 44, text[43] == UInt8(ascii: "=") { return try base64(text) }
        if text.count == 64 { if let digest = hex(text, colons: false) { return digest } }
        if text.count == 95 { if let digest = hex(text, colons: true) { return digest } }
        throw reason(text)
    }

    private static func hex(_ text: Span<UInt8>, colons: Bool) -> Digest? {
        var digest = Digest()
        let step = colons ? 3 : 2
        for octet in 0..<32 {
            guard let high = text[octet * step].hexValue, let low = text[octet * step + 1].hexValue else { return nil }
            if colons, octet < 31, text[octet * step + 2] != UInt8(ascii: ":") { return nil }
            digest[octet] = high << 4 | low
        }
        return digest
    }

    private static func base64(_ text: Span<UInt8>) throws(Failure) -> Digest {
        guard let octets = Base64.octets(of: text) else {
            // Of so many letters with one of padding, all that can be wrong are bits that encode nothing.
            let reason = reason(text)
            if case .wrongLength(Digest.size) = reason { throw .nonCanonical }
            throw reason
        }
        guard octets.count == Digest.size else { throw reason(text) }
        var digest = Digest()
        for octet in 0..<Digest.size { digest[octet] = octets[octet] }
        return digest
    }

    /// Why the text is not 32 octets in a spelling that is taken.
    private static func reason(_ text: Span<UInt8>) -> Failure {
        var rest = text
        if rest.drop(letters: "sha1") || rest.drop(letters: "sha-1") || rest.drop(letters: "pin-sha1") { return .sha1 }
        let reason = reasonOfLetters(text)
        // SHA-1 has 20 octets.
        if case .wrongLength(20) = reason { return .sha1 }
        return reason
    }

    private static func reasonOfLetters(_ text: Span<UInt8>) -> Failure {
        guard text.count > 0 else { return .empty }
        if text.holdsSeparator { return .several }
        if let octets = octetsBetweenColons(text) { return .wrongLength(octets) }
        var hexDigits = 0
        var base64Characters = 0
        var padding = 0
        var urlSafeCharacters = 0
        for index in text.indices {
            let byte = text[index]
            if byte.hexValue != nil { hexDigits += 1 }
            if byte == UInt8(ascii: "=") {
                padding += 1
            } else if padding > 0 {
                return .notPin
            } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") {
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

    /// How many there are in a text of two hex digits each and colons between; nil of another text.
    private static func octetsBetweenColons(_ text: Span<UInt8>) -> Int? {
        guard text.count > 2, text.count % 3 == 2 else { return nil }
        for index in text.indices {
            guard index % 3 == 2 ? text[index] == UInt8(ascii: ":") : text[index].hexValue != nil else { return nil }
        }
        return (text.count + 1) / 3
    }
}

extension Span where Element == UInt8 {
    /// Takes off one `;` or `,` at the end, and the white space before it: what is left of the list that a pin was cut
    /// out of.
    @_lifetime(self: copy self)
    fileprivate mutating func dropListSeparator() {
        guard count > 0, self[count - 1] == UInt8(ascii: ";") || self[count - 1] == UInt8(ascii: ",") else { return }
        self = extracting(droppingLast: 1)
        while count > 0, self[count - 1].isSpace { self = extracting(droppingLast: 1) }
    }

    /// Takes off a prefix that is given in lower case, whatever case it is in here; false where it is not there.
    @_lifetime(self: copy self)
    fileprivate mutating func drop(letters prefix: StaticString) -> Bool {
        guard count >= prefix.utf8CodeUnitCount else { return false }
        let span = prefix.span
        for index in span.indices where self[index].lowercased != span[index] { return false }
        self = extracting(droppingFirst: span.count)
        return true
    }

    /// Whether white space, `;` or `,` stands inside: more values than one.
    var holdsSeparator: Bool {
        for index in indices
        where self[index].isSpace || self[index] == UInt8(ascii: ";") || self[index] == UInt8(ascii: ",") {
            return true
        }
        return false
    }
}
