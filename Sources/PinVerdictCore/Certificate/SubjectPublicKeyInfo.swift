// SPDX-License-Identifier: Apache-2.0

/// The public key of a certificate, read where it is encoded (RFC 5280, section 4.1):
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
        fields = try Fields.read(&reader)
        try reader.requireEnd()
    }

    /// Where the parts lie that are used after reading.
    struct Fields: BitwiseCopyable {
        let algorithm: ByteRange
        /// The parameters' contents where they are an OBJECT IDENTIFIER, else empty.
        let namedCurve: ByteRange
        let key: ByteRange

        /// Reads the SubjectPublicKeyInfo at the reader's position.
        @inline(never)
        @_optimize(speed)
        static func read(_ reader: inout DERReader) throws(MalformedDER) -> Fields {
            try read(&reader, isInlined: false)
        }

        @inline(always)
        static func read(_ reader: inout DERReader, isInlined: Bool) throws(MalformedDER) -> Fields {
            var info = try reader.element(DERTag.sequence, isInlined: isInlined)
            var identifier = try info.element(DERTag.sequence, isInlined: isInlined)
            let subjectPublicKey = try info.element(DERTag.bitString, isInlined: isInlined)
            try info.requireEnd()
            try subjectPublicKey.requireWholeOctets()
            let key = ByteRange(start: subjectPublicKey.position &+ 1, end: subjectPublicKey.end)

            let object = try identifier.element(DERTag.objectIdentifier, isInlined: isInlined)
            try object.requireObjectIdentifier()
            var namedCurve = ByteRange(0, 0)
            guard !identifier.isAtEnd else {
                return Fields(algorithm: object.range, namedCurve: namedCurve, key: key)
            }
            if identifier.isNext(DERTag.objectIdentifier) {
                let parameters = try identifier.element(DERTag.objectIdentifier, isInlined: isInlined)
                try parameters.requireObjectIdentifier()
                namedCurve = parameters.range
            } else {
                try identifier.requireStrictElement()
            }
            try identifier.requireEnd()
            return Fields(algorithm: object.range, namedCurve: namedCurve, key: key)
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
