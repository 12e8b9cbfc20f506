import ArgumentParser

#if OpenSSL
    import OpenSSLBackend
#endif
#if GnuTLS
    import GnuTLSBackend
#endif

/// The value of `--backend`.
enum BackendName: String, CaseIterable, ExpressibleByArgument {
    case auto, openssl, gnutls

    /// The backend; nil where this command was built without it.
    var backend: (any NamingBackend)? {
        switch self {
        case .auto:
            return BackendName.openssl.backend ?? BackendName.gnutls.backend
        case .openssl:
            #if OpenSSL
                return OpenSSLBackend()
            #else
                return nil
            #endif
        case .gnutls:
            #if GnuTLS
                return GnuTLSBackend()
            #else
                return nil
            #endif
        }
    }

    /// Such as "OpenSSL 3.0.17, GnuTLS 3.7.9".
    static var builtInLibraries: String {
        [openssl, gnutls].compactMap { $0.backend.map { type(of: $0).library } }.joined(separator: ", ")
    }

    func requireBackend() throws(Failure) -> any NamingBackend {
        if let backend { return backend }
        throw Failure("this command was built without \(self); it has \(BackendName.builtInLibraries)")
    }
}
