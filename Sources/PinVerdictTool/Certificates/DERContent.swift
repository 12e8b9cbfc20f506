// SPDX-License-Identifier: Apache-2.0

/// What a DER file holds that is no certificate, or not one alone, as far as people mix these up.
enum DERContent {
    static let pkcs7 = "PKCS #7, which wraps certificates; openssl pkcs7 -print_certs writes them as PEM"

    /// Nil for what may be one certificate.
    static func otherThanCertificate(_ bytes: [UInt8]) -> String? {
        guard let outer = Element(bytes[...]) else { return nil }
        let rest = outer.rest
        if !rest.isEmpty {
            if rest.allSatisfy({ $0 == 0x0a || $0 == 0x0d }) { return "has a line end behind its DER; cut it off" }
            return Element(rest) == nil
                ? "has \(rest.count) bytes behind its DER"
                : "has several DER values; each is a file of its own, or all are PEM"
        }
        let parts = outer.parts
        switch (parts.first?.tag, parts.dropFirst().first?.tag) {
        case (Element.integer, Element.sequence):
            return parts.first?.content.first == 3 && parts.count >= 2
                && parts[1].parts.first?.tag == Element.identifier
                ? "PKCS #12, which wraps a key and certificates; openssl pkcs12 -nokeys writes them as PEM"
                : privateKey
        case (Element.integer, Element.integer), (Element.integer, Element.octetString):
            return privateKey
        case (Element.identifier, _):
            return pkcs7
        case (Element.sequence, Element.bitString) where parts.count == 2:
            return "a public key, not a certificate"
        case (Element.sequence, Element.sequence):
            // A request: its version, a name, a key and attributes, where a certificate has six parts or more.
            let inner = parts[0].parts
            let isRequest = inner.count >= 3 && inner.count <= 4 && inner[0].tag == Element.integer
            return isRequest ? "a certificate request, not a certificate" : nil
        default:
            return nil
        }
    }

    private static let privateKey = "a private key, not a certificate; openssl req or your CA makes one for it"

    private struct Element {
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let identifier: UInt8 = 0x06
        static let sequence: UInt8 = 0x30

        let tag: UInt8
        let content: ArraySlice<UInt8>
        /// What stands behind it.
        let rest: ArraySlice<UInt8>

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= 2 else { return nil }
            var start = bytes.startIndex + 2
            var length = Int(bytes[start - 1])
            if length >= 0x80 {
                let octets = length & 0x7f
                guard octets >= 1, octets <= 4, bytes.endIndex - start >= octets else { return nil }
                length = bytes[start..<(start + octets)].reduce(0) { $0 << 8 | Int($1) }
                start += octets
            }
            guard bytes.endIndex - start >= length else { return nil }
            tag = bytes[bytes.startIndex]
            content = bytes[start..<(start + length)]
            rest = bytes[(start + length)...]
        }

        /// The elements in it.
        var parts: [Element] {
            var parts: [Element] = []
            var rest = content
            while let part = Element(rest) {
                parts.append(part)
                rest = part.rest
            }
            return parts
        }
    }
}
