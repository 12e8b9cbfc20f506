// SPDX-License-Identifier: Apache-2.0

/// A certificate with SCTs inside, as the logs that gave them have seen it: without them (RFC 6962, section 3.2).
struct LoggedCertificate: ~Escapable {
    /// The list, as the extension has it.
    let list: Span<UInt8>
    /// What the TBSCertificate has before its extensions, and these before and behind the one with the list.
    private let fields: Span<UInt8>
    private let before: Span<UInt8>
    private let behind: Span<UInt8>

    /// 1.3.6.1.4.1.11129.2.4.2
    private static var extensionID: InlineArray<10, UInt8> {
        [0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02]
    }

    /// Throws where there is not one such extension, or it is malformed; and where it is the only one, as then nobody
    /// can tell whether a log has signed empty extensions or none.
    @_lifetime(copy certificate)
    init(_ certificate: Span<UInt8>) throws(MalformedDER) {
        guard certificate.count <= Certificate.maximumSize else { throw .tooLarge }
        var reader = DERReader(certificate)
        var outer = try reader.seldomElement(DERTag.sequence)
        var inner = try outer.seldomElement(DERTag.sequence)
        let start = inner.position
        var tag = try inner.nextTag()
        while tag != DERTag.constructedContext(3) {
            _ = try inner.seldomElement(tag)
            tag = try inner.nextTag()
        }
        fields = certificate.extracting(ByteRange(start: start, end: inner.position))
        var wrapper = try inner.seldomElement(tag)
        try inner.requireEnd()
        var extensions = try wrapper.seldomElement(DERTag.sequence)
        try wrapper.requireEnd()

        let whole = extensions.range
        var place = ByteRange(start: whole.end, end: whole.end)
        var found: ByteRange?
        while !extensions.isAtEnd {
            let start = extensions.position
            var one = try extensions.seldomElement(DERTag.sequence)
            let identifier = try one.seldomElement(DERTag.objectIdentifier)
            guard isEqual(certificate.extracting(identifier.range), Self.extensionID.span) else { continue }
            guard found == nil else { throw .unexpectedTag }
            if one.isNext(DERTag.boolean) { _ = try one.seldomElement(DERTag.boolean) }
            var value = try one.seldomElement(DERTag.octetString)
            try one.requireEnd()
            let octets = try value.seldomElement(DERTag.octetString)
            try value.requireEnd()
            found = octets.range
            place = ByteRange(start: start, end: extensions.position)
        }
        guard let found, whole.count > place.count else { throw .truncated }
        list = certificate.extracting(found)
        before = certificate.extracting(ByteRange(start: whole.start, end: place.start))
        behind = certificate.extracting(ByteRange(start: place.end, end: whole.end))
    }

    /// Lends, piece by piece, what a log has signed (RFC 6962, section 3.2): an SCT's version 0 and type 0, its
    /// timestamp, a precertificate's entry (type 1), and the SCT's extensions.
    func forEachSignedPiece(of sct: SCT, issuerKey: Digest, _ body: (Span<UInt8>) -> Void) {
        let extensions = before.count + behind.count
        let wrapper = extensions + Self.headerSize(extensions)
        let inner = fields.count + Self.headerSize(wrapper) + wrapper
        var head = ASCIIText<64>()
        head.append(0, octets: 2)
        head.append(sct.timestamp, octets: 8)
        head.append(1, octets: 2)
        issuerKey.withSpan { head.append($0) }
        head.append(UInt64(inner + Self.headerSize(inner)), octets: 3)
        Self.appendHeader(DERTag.sequence, inner, to: &head)
        head.withSpan(body)
        body(fields)
        head = ASCIIText()
        Self.appendHeader(DERTag.constructedContext(3), wrapper, to: &head)
        Self.appendHeader(DERTag.sequence, extensions, to: &head)
        head.withSpan(body)
        body(before)
        body(behind)
        head = ASCIIText()
        head.append(UInt64(sct.extensions.count), octets: 2)
        head.withSpan(body)
        body(sct.extensions)
    }

    /// Octets of a length in DER, beyond the first.
    private static func lengthOctets(_ length: Int) -> Int {
        length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3
    }

    private static func headerSize(_ length: Int) -> Int { 2 + lengthOctets(length) }

    private static func appendHeader(_ tag: UInt8, _ length: Int, to text: inout ASCIIText<64>) {
        let octets = lengthOctets(length)
        text.append(tag)
        if octets > 0 { text.append(0x80 | UInt8(octets)) }
        text.append(UInt64(length), octets: max(1, octets))
    }
}
