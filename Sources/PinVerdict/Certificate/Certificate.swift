/// A certificate read in place: where its names and its SubjectPublicKeyInfo lie.
///
/// The reader takes nothing but DER, checks the skeleton to the last byte of the certificate and the
/// SubjectPublicKeyInfo all the way down, so that a TLS library that accepts the same bytes finds the same
/// key in them. It knows no key type. It does not verify the signature and does not read extensions: a
/// certificate of a validated path has had both done.
///
///     Certificate  ::=  SEQUENCE  {
///          tbsCertificate       TBSCertificate,
///          signatureAlgorithm   AlgorithmIdentifier,
///          signatureValue       BIT STRING  }
///
///     TBSCertificate  ::=  SEQUENCE  {
///          version         [0]  EXPLICIT Version DEFAULT v1,
///          serialNumber         CertificateSerialNumber,
///          signature            AlgorithmIdentifier,
///          issuer               Name,
///          validity             Validity,
///          subject              Name,
///          subjectPublicKeyInfo SubjectPublicKeyInfo,
///          issuerUniqueID  [1]  IMPLICIT UniqueIdentifier OPTIONAL,
///          subjectUniqueID [2]  IMPLICIT UniqueIdentifier OPTIONAL,
///          extensions      [3]  EXPLICIT Extensions OPTIONAL }
public struct Certificate: ~Escapable {
    /// The largest certificate that is read, in bytes.
    public static var maximumSize: Int { 1 << 20 }

    private let bytes: Span<UInt8>
    /// Where ``issuer``, ``subject`` and ``subjectPublicKeyInfo`` lie in the certificate.
    let issuerRange: ByteRange
    let subjectRange: ByteRange
    let subjectPublicKeyInfoRange: ByteRange

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(MalformedDER) {
        guard bytes.count <= Certificate.maximumSize else { throw .tooLarge }
        self.bytes = bytes
        var reader = DERReader(bytes)
        let whole = try reader.element(DERTag.sequence)
        try reader.requireEnd()

        var certificate = DERReader(reader, inside: whole)
        let toBeSigned = try certificate.element(DERTag.sequence)
        _ = try certificate.element(DERTag.sequence)
        let signature = try certificate.element(DERTag.bitString)
        try certificate.requireEnd()
        try certificate.requireWholeOctets(signature)

        var fields = DERReader(reader, inside: toBeSigned)
        if fields.isNext(DERTag.constructedContext(0)) {
            try Certificate.requireVersion(try fields.element(DERTag.constructedContext(0)), in: fields)
        }
        try fields.requireInteger(try fields.element(DERTag.integer))
        _ = try fields.element(DERTag.sequence)
        issuerRange = try fields.element(DERTag.sequence).range
        _ = try fields.element(DERTag.sequence)
        subjectRange = try fields.element(DERTag.sequence).range
        let keyStart = fields.position
        _ = try SubjectPublicKeyInfo.Fields(&fields)
        subjectPublicKeyInfoRange = ByteRange(keyStart, fields.position)
        for number: UInt8 in 1...2 where fields.isNext(DERTag.primitiveContext(number)) {
            _ = try fields.element(DERTag.primitiveContext(number))
        }
        if fields.isNext(DERTag.constructedContext(3)) {
            var extensions = DERReader(reader, inside: try fields.element(DERTag.constructedContext(3)))
            _ = try extensions.element(DERTag.sequence)
            try extensions.requireEnd()
        }
        guard fields.isAtEnd else { throw .unexpectedTag }
    }

    /// The version is written out for v2 and v3 alone, since v1 is the default (X.690, 11.5).
    @inline(__always)
    private static func requireVersion(_ element: DERElement, in fields: borrowing DERReader) throws(MalformedDER) {
        var reader = DERReader(fields, inside: element)
        let version = try reader.element(DERTag.integer)
        try reader.requireEnd()
        guard version.end - version.contents == 1,
            fields.bytes[version.contents] == 1 || fields.bytes[version.contents] == 2
        else { throw .unsupportedVersion }
    }

    /// The issuer's Name, encoded.
    public var issuer: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(issuerRange) }
    }

    /// The subject's Name, encoded.
    public var subject: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(subjectRange) }
    }

    /// The SubjectPublicKeyInfo exactly as encoded: what a `pin-sha256` is the hash of.
    public var subjectPublicKeyInfo: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(subjectPublicKeyInfoRange) }
    }
}
