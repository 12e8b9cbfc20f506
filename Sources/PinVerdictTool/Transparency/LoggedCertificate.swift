// SPDX-License-Identifier: Apache-2.0

/// A certificate that was issued, with those that are said to be above it, and where that was seen.
struct LoggedCertificate {
    let leaf: EncodedCertificate
    /// Of the leaf, then of the one before.
    var issuers: [[UInt8]]
    /// SHA-256 of the issuer's SubjectPublicKeyInfo, which a log signs with a precertificate. The leaf's signature is
    /// none then.
    var issuerKeyHash: [UInt8]?
    /// The place in a log; nil for what comes from a file.
    var entry: LogEntryPlace?
    /// What is said where the issuers are not all there.
    var note: String?
}

/// A place in a log.
struct LogEntryPlace {
    let log: String
    let index: UInt64
    /// In milliseconds since 1970, as the log says; nil where it is not known.
    let timestamp: UInt64?
}
