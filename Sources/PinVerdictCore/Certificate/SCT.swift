// SPDX-License-Identifier: Apache-2.0

/// A signed certificate timestamp (RFC 6962, section 3.2): a log's word that it has, or will soon have, a certificate.
///
///     struct {
///         Version sct_version;            /* 0 */
///         LogID id;                       /* opaque key_id[32] */
///         uint64 timestamp;
///         CtExtensions extensions;        /* opaque<0..2^16-1> */
///         digitally-signed struct { … };  /* the algorithm's two octets, opaque<0..2^16-1> */
///     } SignedCertificateTimestamp;
struct SCT: ~Escapable {
    /// SHA-256 of the log's key.
    let logID: Digest
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    let timestamp: UInt64
    /// Whatever they are, the log has signed them.
    let extensions: Span<UInt8>
    /// By ECDSA, of SHA-256.
    let signature: Span<UInt8>

    private static var ecdsaOfSHA256: UInt64 { 0x0403 }

    /// Nil for one of another version or algorithm, or with a length that is wrong.
    @_lifetime(copy encoded)
    init?(_ encoded: Span<UInt8>) {
        var reader = VectorReader(encoded)
        guard reader.number(octets: 1) == 0, let id = reader.octets(Digest.size),
            let timestamp = reader.number(octets: 8), let extensions = reader.vector(),
            reader.number(octets: 2) == Self.ecdsaOfSHA256, let signature = reader.vector(), reader.isAtEnd
        else { return nil }
        logID = Digest(id)
        self.timestamp = timestamp
        self.extensions = extensions
        self.signature = signature
    }
}
