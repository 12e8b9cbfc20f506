import BackendSupport
import CGnuTLS
import CPosix
import PinVerdict

/// Trust anchors in a gnutls_x509_trust_list_t. ``free()`` gives it back.
@safe
public struct GnuTLSTrustStore: TrustStore {
    private let list: gnutls_x509_trust_list_t

    /// The anchors of a PEM file; without one those that GnuTLS was built to take for the system's. Of these GnuTLS has
    /// loaded none too where it could not, so that there must be none to load then.
    @unsafe
    init(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) {
        var made: gnutls_x509_trust_list_t?
        guard unsafe gnutls_x509_trust_list_init(&made, 0) == GNUTLS_E_SUCCESS, let list = unsafe made else {
            throw .outOfMemory
        }
        unsafe self.list = list
        let count: Int32
        let isLoaded: Bool
        if let file = unsafe file {
            count = unsafe gnutls_x509_trust_list_add_trust_file(list, file, nil, GNUTLS_X509_FMT_PEM, 0, 0)
            isLoaded = count > 0
        } else {
            count = unsafe gnutls_x509_trust_list_add_system_trust(list, 0, 0)
            isLoaded = unsafe count > 0 || count == GNUTLS_E_UNIMPLEMENTED_FEATURE || cposix_system_bundle() == nil
        }
        guard isLoaded else {
            free()
            throw count == GNUTLS_E_MEMORY_ERROR ? .outOfMemory : .unreadable
        }
    }

    public func free() { unsafe gnutls_x509_trust_list_deinit(list, 1) }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Reason) -> Result {
        let certificates = presented.certificates
        var imported = try ImportedChain(certificates)
        defer { imported.free() }

        // Trust and purpose by GnuTLS; the times by the checker's clock, as GnuTLS has one for the whole process;
        // the host by subjectAltName alone, where GnuTLS would fall back on the common name.
        var capture = PathCapture()
        var findings = ValidationFindings()
        findings.isUntrusted = !capture.run { unsafe imported.isTrusted(by: list, flags: UInt32(CGNUTLS_FLAGS)) }
        findings.isHostMismatched = !imported.leafNames(host)
        guard let path = capture.path(fromLeafOf: certificates) else {
            findings.isUntrusted = true
            try findings.requireNone()
            throw .untrustedChain
        }
        findings.isOutsideValidity = !path.isValid(at: time)
        try findings.requireNone()
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }
}
