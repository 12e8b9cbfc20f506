/// The key of a certificate, as its bytes stand there (RFC 5280, section 4.1):
///
///     SubjectPublicKeyInfo  ::=  SEQUENCE  {
///          algorithm            AlgorithmIdentifier,
///          subjectPublicKey     BIT STRING  }
///
///     AlgorithmIdentifier  ::=  SEQUENCE  {
///          algorithm               OBJECT IDENTIFIER,
///          parameters              ANY DEFINED BY algorithm OPTIONAL  }
public struct SubjectPublicKeyInfo: ~Escapable {
    private let bytes: Span<UInt8>
    private let fields: Fields

    /// Reads a SubjectPublicKeyInfo that fills `bytes` to the last one.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(MalformedDER) {
        self.bytes = bytes
        var reader = DERReader(bytes)
        fields = try Fields(&reader)
        try reader.requireEnd()
    }

    struct Fields {
        let algorithm: DERElement
        let parameters: DERElement?
        let subjectPublicKey: DERElement

        /// Reads the SubjectPublicKeyInfo at the reader's position.
        @inline(__always)
        init(_ reader: inout DERReader) throws(MalformedDER) {
            var info = DERReader(reader, inside: try reader.element(DERTag.sequence))
            var identifier = DERReader(reader, inside: try info.element(DERTag.sequence))
            subjectPublicKey = try info.element(DERTag.bitString)
            try info.requireEnd()
            try reader.requireWholeOctets(subjectPublicKey)

            algorithm = try identifier.element(DERTag.objectIdentifier)
            try reader.requireObjectIdentifier(algorithm)
            if identifier.isAtEnd {
                parameters = nil
            } else {
                let element = try identifier.anyElement()
                try identifier.requireEnd()
                try reader.requireStrict(element)
                parameters = element
            }
        }
    }

    /// The bare key: the contents of the bit string, without the octet that counts unused bits.
    public var key: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting((fields.subjectPublicKey.contents + 1)..<fields.subjectPublicKey.end) }
    }

    public var keyAlgorithm: KeyAlgorithm {
        KeyAlgorithm(
            algorithm: packed(fields.algorithm),
            namedCurve: fields.parameters.map { $0.tag == DERTag.objectIdentifier ? packed($0) : 0 } ?? 0)
    }

    /// The contents of an OBJECT IDENTIFIER of at most 15 octets as a number, led by a 1 so that the length
    /// counts; 0 for a longer one.
    private func packed(_ element: DERElement) -> UInt128 {
        guard element.end - element.contents <= 15 else { return 0 }
        var number: UInt128 = 1
        for offset in element.contents..<element.end {
            number = number << 8 | UInt128(bytes[offset])
        }
        return number
    }
}
