import PinVerdict

#if OpenSSL
    import OpenSSLBackend
#endif
#if GnuTLS
    import GnuTLSBackend
#endif

/// The trust store of a backend that this flavour of the library has. ``free()`` gives it back.
enum BuiltInTrustStore {
    #if OpenSSL
        case openSSL(OpenSSLTrustStore)
    #endif
    #if GnuTLS
        case gnuTLS(GnuTLSTrustStore)
    #endif

    /// Loads a PEM file, or the system's store where there is none.
    @unsafe
    init(_ backend: BuiltInBackend, file: UnsafePointer<CChar>?) throws(TrustStoreFailure) {
        switch backend {
        #if OpenSSL
            case .openSSL:
                if let file = unsafe file {
                    self = .openSSL(try unsafe OpenSSLTrustStore(file: file))
                } else {
                    self = .openSSL(try OpenSSLTrustStore())
                }
        #endif
        #if GnuTLS
            case .gnuTLS:
                if let file = unsafe file {
                    self = .gnuTLS(try unsafe GnuTLSTrustStore(file: file))
                } else {
                    self = .gnuTLS(try GnuTLSTrustStore())
                }
        #endif
        }
    }

    func free() {
        switch self {
        #if OpenSSL
            case .openSSL(let store): store.free()
        #endif
        #if GnuTLS
            case .gnuTLS(let store): store.free()
        #endif
        }
    }
}
