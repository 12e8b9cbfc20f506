// SPDX-License-Identifier: Apache-2.0

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
    @_optimize(speed)
    public init(_ bytes: Span<UInt8>) throws(MalformedDER) {
        try self.init(bytes, isInlined: false)
    }

    /// Inlined, so that a path keeps what it reads in registers. With `isInlined`, the reading of the
    /// SubjectPublicKeyInfo is inlined too, which is faster in the generic code of a path, and slower anywhere else.
    @inline(always)
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, isInlined: Bool) throws(MalformedDER) {
        guard bytes.count <= Certificate.maximumSize else { throw .tooLarge }
        self.bytes = bytes
        var reader = DERReader(bytes)
        var certificate = try reader.element(DERTag.sequence, isInlined: isInlined)
        try reader.requireEnd()

        var fields = try certificate.element(DERTag.sequence, isInlined: isInlined)
        _ = try certificate.element(DERTag.sequence, isInlined: isInlined)
        try certificate.element(DERTag.bitString, isInlined: isInlined).requireWholeOctets()
        try certificate.requireEnd()

        if fields.count >= 5, fields.bytes.word(at: Int(fields.position), count: 5) == Certificate.versionThree {
            fields.skip(5)
        } else if fields.isNext(DERTag.constructedContext(0)) {
            var version = try fields.element(DERTag.constructedContext(0), isInlined: isInlined)
            try Certificate.requireVersion(&version)
        }
        try fields.element(DERTag.integer, isInlined: isInlined).requireInteger()
        _ = try fields.element(DERTag.sequence, isInlined: isInlined)
        issuerRange = try Certificate.name(&fields, isInlined: isInlined)
        _ = try fields.element(DERTag.sequence, isInlined: isInlined)
        subjectRange = try Certificate.name(&fields, isInlined: isInlined)
        let keyStart = fields.position
        if isInlined {
            _ = try SubjectPublicKeyInfo.Fields.read(&fields, isInlined: true)
        } else {
            _ = try SubjectPublicKeyInfo.Fields.read(&fields)
        }
        subjectPublicKeyInfoRange = ByteRange(start: keyStart, end: fields.position)
        for number: UInt8 in 1...2 where fields.isNext(DERTag.primitiveContext(number)) {
            _ = try fields.element(DERTag.primitiveContext(number), isInlined: isInlined)
        }
        if fields.isNext(DERTag.constructedContext(3)) {
            var extensions = try fields.element(DERTag.constructedContext(3), isInlined: isInlined)
            _ = try extensions.element(DERTag.sequence, isInlined: isInlined)
            try extensions.requireEnd()
        }
        guard fields.isAtEnd else { throw .unexpectedTag }
    }

    /// `[0] { INTEGER 2 }`, as nearly every certificate begins; read as a number, so lowest octet first.
    private static var versionThree: UInt64 { 0x02_01_02_03_a0 }

    /// The version is written out for v2 and v3 alone, since v1 is the default (X.690, 11.5).
    @inline(__always)
    private static func requireVersion(_ reader: inout DERReader) throws(MalformedDER) {
        let version = try reader.element(DERTag.integer)
        try reader.requireEnd()
        guard version.count == 1, version[0] == 1 || version[0] == 2 else { throw .unsupportedVersion }
    }

    /// Where a Name lies, its header included.
    @inline(__always)
    private static func name(_ fields: inout DERReader, isInlined: Bool) throws(MalformedDER) -> ByteRange {
        let start = fields.position
        _ = try fields.element(DERTag.sequence, isInlined: isInlined)
        return ByteRange(start: start, end: fields.position)
    }

    /// The issuer's Name, encoded.
    public var issuer: Span<UInt8> {
        @inline(__always)
        @_lifetime(copy self)
        get { bytes.extracting(issuerRange) }
    }

    /// The subject's Name, encoded.
    public var subject: Span<UInt8> {
        @inline(__always)
        @_lifetime(copy self)
        get { bytes.extracting(subjectRange) }
    }

    /// The SubjectPublicKeyInfo exactly as encoded: what a `pin-sha256` is the hash of.
    public var subjectPublicKeyInfo: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(subjectPublicKeyInfoRange) }
    }
}
