// SPDX-License-Identifier: Apache-2.0

// A new backend needs:
// - targets of its own in `Sources`: a system module over the library's headers, as `COpenSSL`, and a backend with a
//   type that conforms to `TLSLibrary` (of `BackendSupport`, which has what backends share) and its ``TrustStore``;
// - in `Package.swift` these targets, a trait, and under it a dependency of `BuiltInBackends`;
// - its number in `pinverdict_backend` of `include/pinverdict.h`, and the same in `BackendName` of `BackendSupport`;
// - its link of the list in `Sources/BuiltInBackends/BuiltInBackend.swift`: the one place that chooses;
// - in the `Makefile` the trait and the library, under `pinverdict`, and a flavour of its own.
// The boundary, the command and the tests then use it as they are. Hooks are extra, as each library has connections of
// its own kind: a header `pinverdict-NAME.h` with its module, `Exports+NAME.swift` at the boundary, and its symbols in
// `pinverdict.map`.

/// What checks ask of a TLS library.
///
/// Checks are generic over the conformer, so that nothing is looked up while they run.
public protocol TLSBackend {
    /// SHA-256; nil where the library fails. Called in every check: it should not allocate.
    func sha256(_ bytes: Span<UInt8>) -> Digest?

    /// SHA-256 of pieces, one after the other, which the body passes to what it is lent; nil where the library fails.
    func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest?

    /// Has the library's own parser import one DER certificate, and passes on the SubjectPublicKeyInfo that the
    /// library finds in it. Nil where the library refuses the certificate, where bytes follow it, or where the
    /// library would give the key in another encoding than the certificate's.
    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result?

    /// Whether a message has an Ed25519 signature (RFC 8032) of 64 octets by a public key of 32; nil where the library
    /// fails. It is asked about canonical ones alone.
    func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool?

    /// Whether a SubjectPublicKeyInfo, P-256 by its first octets, is a key: a point of the curve; nil where the library
    /// fails.
    func isKey(_ info: Span<UInt8>) -> Bool?

    /// Whether a digest has an ECDSA signature in DER by such a key; false where the library fails, too.
    func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool

    /// Whether two encoded Names of different bytes are one name to the library (RFC 5280, section 7.1). False by
    /// default. Need not be fast: it is asked only of Names with the same letters, and most authorities encode theirs
    /// in one way.
    func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool
}

extension TLSBackend {
    public func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool { false }

    /// Whether two encoded Names are one. The library is asked last, since libraries allocate.
    func areOneName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        if isEqual(one, other) { return true }
        if let letters = NameLetters(one), let others = NameLetters(other), letters != others { return false }
        return isSameName(one, other)
    }

    /// Whether the library's extractor finds exactly this SubjectPublicKeyInfo.
    func findsKey(_ info: Span<UInt8>, in certificate: Span<UInt8>) -> Bool {
        withSubjectPublicKeyInfo(of: certificate) { isEqual($0, info) } ?? false
    }
}
