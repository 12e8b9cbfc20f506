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
    private let algorithm: DERElement
    private let parameters: DERElement?
    private let subjectPublicKey: DERElement

    /// Reads a SubjectPublicKeyInfo that fills `bytes` to the last one.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(MalformedDER) {
        var reader = DERReader(bytes)
        self = try SubjectPublicKeyInfo(&reader)
        try reader.requireEnd()
    }

    /// Reads the SubjectPublicKeyInfo at the reader's position.
    @_lifetime(copy reader)
    init(_ reader: inout DERReader) throws(MalformedDER) {
        bytes = reader.bytes
        let whole = try reader.element(DERTag.sequence)
        var fields = DERReader(reader, inside: whole)
        let identifier = try fields.element(DERTag.sequence)
        subjectPublicKey = try fields.element(DERTag.bitString)
        try fields.requireEnd()
        try fields.requireWholeOctets(subjectPublicKey)

        var identifierFields = DERReader(reader, inside: identifier)
        algorithm = try identifierFields.element(DERTag.objectIdentifier)
        try fields.requireObjectIdentifier(algorithm)
        if identifierFields.isAtEnd {
            parameters = nil
        } else {
            let element = try identifierFields.anyElement()
            try identifierFields.requireEnd()
            try fields.requireStrict(element)
            parameters = element
        }
    }

    /// The bare key: the contents of the bit string, without the octet that counts unused bits.
    public var key: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting((subjectPublicKey.contents + 1)..<subjectPublicKey.end) }
    }

    public var keyAlgorithm: KeyAlgorithm {
        KeyAlgorithm(
            algorithm: packed(algorithm),
            namedCurve: parameters.map { $0.tag == DERTag.objectIdentifier ? packed($0) : 0 } ?? 0)
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
