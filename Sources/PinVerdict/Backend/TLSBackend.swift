/// What PinVerdict asks of a TLS library. Add a backend by conforming a type in a target of its own, a trait
/// in `Package.swift` that builds it, and a case of `BuiltInBackend` at the boundary.
///
/// Checks are generic over the conformer, so that nothing is looked up while they run.
public protocol TLSBackend {
    /// SHA-256; nil where the library fails. Called in every check: it should not allocate.
    func sha256(_ bytes: Span<UInt8>) -> Digest?

    /// Has the library's own parser import one DER certificate, and passes on the SubjectPublicKeyInfo that the
    /// library finds in it. Nil where the library refuses the certificate, where bytes follow it, or where the
    /// library would give the key in another encoding than the certificate's.
    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result?
}

extension TLSBackend {
    /// Whether the library's extractor finds exactly this SubjectPublicKeyInfo.
    func findsKey(_ info: Span<UInt8>, in certificate: Span<UInt8>) -> Bool {
        withSubjectPublicKeyInfo(of: certificate) { isEqual($0, info) } ?? false
    }
}
