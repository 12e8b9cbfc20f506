// SPDX-License-Identifier: Apache-2.0

/// A file of trust anchors: PEM certificates, with any text around them. TLS libraries pass over what they cannot
/// read, each in its own way, and would then validate against fewer anchors than somebody meant.
public enum TrustFile {
    /// Why a file is none, and the line.
    public struct Problem: Error {
        public let line: Int
        public let message: StaticString
    }

    /// Requires certificates alone, whole ones, beside blocks of other things.
    public static func require(_ text: Span<UInt8>) throws(Problem) {
        func problem(_ line: Int, _ message: StaticString) -> Problem { Problem(line: line, message: message) }
        if text.count > 1, text[0] == 0x30, text[1] >= 0x80 {
            throw problem(1, "is DER; openssl x509 -inform der writes a certificate as PEM")
        }
        if text.beginsWithByteOrderMark {
            throw problem(1, "begins with a byte-order mark; save it without one")
        }
        var blocks = PEMReader(text)
        var count = 0
        while let item = blocks.next() {
            switch item {
            case .mistake(let mistake, let line):
                throw problem(line, message(for: mistake))
            case .block(let label, let line, let content):
                let label = text.extracting(label)
                if isEqual(label, "CERTIFICATE") || isEqual(label, "X509 CERTIFICATE") {
                    guard isElement(text.extracting(content)) else {
                        throw problem(line, "the certificate is not base64 of one DER value")
                    }
                    count += 1
                } else if isEqual(label, "TRUSTED CERTIFICATE") {
                    throw problem(line, "OpenSSL's TRUSTED CERTIFICATE; openssl x509 writes it as a plain one")
                } else if isEqual(label, "PKCS7") || isEqual(label, "PKCS #7 SIGNED DATA") || isEqual(label, "CMS") {
                    throw problem(line, "PKCS #7; openssl pkcs7 -print_certs writes its certificates")
                }
            }
        }
        guard count > 0 else { throw problem(1, "there is no certificate in PEM form") }
    }

    private static func message(for mistake: PEMReader.Mistake) -> StaticString {
        switch mistake {
        case .endAlone: "an END without its BEGIN"
        case .notAlone: "text before or behind a BEGIN or an END"
        case .otherEnd: "the block's END has another label than its BEGIN"
        case .noEnd: "a BEGIN without its END"
        case .cutShort: "a BEGIN without its END; the file may have been cut short"
        }
    }

    /// Whether text with white space is base64 of one DER SEQUENCE, and of nothing behind it.
    private static func isElement(_ content: Span<UInt8>) -> Bool {
        var letters = 0
        var padding = 0
        var header: UInt64 = 0  // the first six octets
        for index in content.indices where content[index] > UInt8(ascii: " ") {
            if content[index] == UInt8(ascii: "=") {
                padding += 1
            } else {
                guard padding == 0, let value = Base64.value(of: content[index]) else { return false }
                if letters < 8 { header |= UInt64(value) << UInt64(58 - 6 * letters) }
                letters += 1
            }
        }
        guard (letters + padding) % 4 == 0, padding <= 2 else { return false }
        let size = letters * 3 / 4
        func octet(_ place: Int) -> UInt64 { header >> UInt64(56 - 8 * place) & 0xff }
        guard size > 1, octet(0) == 0x30 else { return false }
        guard octet(1) >= 0x80 else { return UInt64(size) == 2 + octet(1) }
        let octets = Int(octet(1) & 0x7f)
        guard octets >= 1, octets <= 4 else { return false }
        var length: UInt64 = 0
        for place in 0..<octets { length = length << 8 | octet(2 + place) }
        return UInt64(size) == UInt64(2 + octets) + length
    }
}
