// SPDX-License-Identifier: Apache-2.0

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

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    public func free() { unsafe gnutls_x509_trust_list_deinit(list, 1) }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        do throws(Refusal) {
            return try withPath(of: presented.certificates, to: host, at: time, body)
        } catch {
            // A path that is too long.
            throw error == .noValidatedPath ? .untrustedChain : error
        }
    }

    private func withPath<List: CertificateList, Result>(
        of certificates: List, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        guard let leaf = certificates.certificate(at: 0) else { throw .malformedCertificate }
        var imported = try ImportedChain(certificates)
        defer { imported.free() }
        // For keys and signatures of at least 112 bits.
        let validation = unsafe GnuTLSValidation(list: list, flags: UInt32(CGNUTLS_FLAGS))
        let path = try unsafe validation.path(of: &imported, from: leaf, to: host, at: time)
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }
}
