@testable import PinVerdict

#if OpenSSL
    import OpenSSLBackend
#endif
#if GnuTLS
    import GnuTLSBackend
#endif

/// The backends that the tests are built with.
enum TestBackend: String, CaseIterable, TLSBackend {
    #if OpenSSL
        case openssl
    #endif
    #if GnuTLS
        case gnutls
    #endif

    /// One of them, where any will do.
    static var any: TestBackend { allCases[0] }

    func sha256(_ bytes: Span<UInt8>) -> Digest? {
        switch self {
        #if OpenSSL
            case .openssl: OpenSSLBackend().sha256(bytes)
        #endif
        #if GnuTLS
            case .gnutls: GnuTLSBackend().sha256(bytes)
        #endif
        }
    }

    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        switch self {
        #if OpenSSL
            case .openssl: OpenSSLBackend().withSubjectPublicKeyInfo(of: certificate, body)
        #endif
        #if GnuTLS
            case .gnutls: GnuTLSBackend().withSubjectPublicKeyInfo(of: certificate, body)
        #endif
        }
    }
}

/// A library that hashes so many times, then fails; and whose extractor finds what it is told to.
final class FailingBackend: TLSBackend {
    private var hashesLeft: Int
    private let key: [UInt8]?

    init(afterHashes hashes: Int = 0, finding key: [UInt8]? = nil) {
        hashesLeft = hashes
        self.key = key
    }

    func sha256(_ bytes: Span<UInt8>) -> Digest? {
        guard hashesLeft > 0 else { return nil }
        hashesLeft -= 1
        return TestBackend.any.sha256(bytes)
    }

    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        key.map { body($0.span) }
    }
}
