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

    /// Where the parts lie whose contents are looked at.
    struct Fields: BitwiseCopyable {
        let algorithm: ByteRange
        /// The parameters' contents where they are an OBJECT IDENTIFIER, else empty.
        let namedCurve: ByteRange
        let key: ByteRange

        /// Reads the SubjectPublicKeyInfo at the reader's position.
        @inline(__always)
        init(_ reader: inout DERReader) throws(MalformedDER) {
            var info = DERReader(reader, inside: try reader.element(DERTag.sequence))
            var identifier = DERReader(reader, inside: try info.element(DERTag.sequence))
            let subjectPublicKey = try info.element(DERTag.bitString)
            try info.requireEnd()
            try reader.requireWholeOctets(subjectPublicKey)
            key = ByteRange(subjectPublicKey.contents &+ 1, subjectPublicKey.end)

            let object = try identifier.element(DERTag.objectIdentifier)
            try reader.requireObjectIdentifier(object)
            algorithm = ByteRange(object.contents, object.end)
            guard !identifier.isAtEnd else {
                namedCurve = ByteRange(0, 0)
                return
            }
            let parameters = try identifier.anyElement()
            try identifier.requireEnd()
            try reader.requireStrict(parameters)
            let isCurve = parameters.tag == DERTag.objectIdentifier
            namedCurve = isCurve ? ByteRange(parameters.contents, parameters.end) : ByteRange(0, 0)
        }
    }

    /// The bare key: the contents of the bit string, without the octet that counts unused bits.
    public var key: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(fields.key) }
    }

    public var keyAlgorithm: KeyAlgorithm {
        KeyAlgorithm(algorithm: packed(fields.algorithm), namedCurve: packed(fields.namedCurve))
    }

    /// The contents of an OBJECT IDENTIFIER of at most 15 octets as a number, led by a 1 so that the length
    /// counts; 0 for a longer one.
    private func packed(_ range: ByteRange) -> UInt128 {
        guard range.count <= 15 else { return 0 }
        var number: UInt128 = 1
        for offset in Int(range.start)..<Int(range.end) {
            number = number << 8 | UInt128(bytes[offset])
        }
        return number
    }
}
