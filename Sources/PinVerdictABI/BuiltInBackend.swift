import CPinVerdict
import PinVerdict

#if OpenSSL
    import OpenSSLBackend
#endif
#if GnuTLS
    import GnuTLSBackend
#endif
#if !OpenSSL && !GnuTLS
    #error("Build with the trait OpenSSL, GnuTLS or both.")
#endif

/// The backends that this flavour of the library has, as one: the choice is a branch, so that checks need no
/// existential.
enum BuiltInBackend: TLSBackend {
    #if OpenSSL
        case openSSL(OpenSSLBackend)
    #endif
    #if GnuTLS
        case gnuTLS(GnuTLSBackend)
    #endif

    /// What AUTO stands for.
    static var automatic: BuiltInBackend {
        #if OpenSSL
            .openSSL(OpenSSLBackend())
        #else
            .gnuTLS(GnuTLSBackend())
        #endif
    }

    enum Unavailable: Error {
        case notBuiltIn
        case unknown
    }

    init(_ name: pinverdict_backend) throws(Unavailable) {
        switch name {
        case PINVERDICT_BACKEND_AUTO:
            self = .automatic
        case PINVERDICT_BACKEND_OPENSSL:
            #if OpenSSL
                self = .openSSL(OpenSSLBackend())
            #else
                throw .notBuiltIn
            #endif
        case PINVERDICT_BACKEND_GNUTLS:
            #if GnuTLS
                self = .gnuTLS(GnuTLSBackend())
            #else
                throw .notBuiltIn
            #endif
        default:
            throw .unknown
        }
    }

    func sha256(_ bytes: Span<UInt8>) -> Digest? {
        switch self {
        #if OpenSSL
            case .openSSL(let backend): backend.sha256(bytes)
        #endif
        #if GnuTLS
            case .gnuTLS(let backend): backend.sha256(bytes)
        #endif
        }
    }

    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        switch self {
        #if OpenSSL
            case .openSSL(let backend): backend.withSubjectPublicKeyInfo(of: certificate, body)
        #endif
        #if GnuTLS
            case .gnuTLS(let backend): backend.withSubjectPublicKeyInfo(of: certificate, body)
        #endif
        }
    }
}
