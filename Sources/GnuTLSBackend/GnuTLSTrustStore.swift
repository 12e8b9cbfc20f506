// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import CPosix
import PinVerdictCore

/// Trust anchors in a gnutls_x509_trust_list_t. ``free()`` gives it back.
@safe
public struct GnuTLSTrustStore: TrustStore {
    private let list: gnutls_x509_trust_list_t
    private let memory: UnsafeMutablePointer<PathMemory<KeptPath>>

    /// The anchors of a PEM file; without one those that GnuTLS was built to take for the system's. Of these GnuTLS has
    /// loaded none too where it could not, so that there must be none to load then.
    @unsafe
    init(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) {
        var made: gnutls_x509_trust_list_t?
        guard unsafe gnutls_x509_trust_list_init(&made, 0) == GNUTLS_E_SUCCESS, let list = unsafe made else {
            throw .outOfMemory
        }
        guard let room = unsafe malloc(MemoryLayout<PathMemory<KeptPath>>.size) else {
            unsafe gnutls_x509_trust_list_deinit(list, 1)
            throw .outOfMemory
        }
        unsafe self.list = list
        unsafe memory = room.bindMemory(to: PathMemory<KeptPath>.self, capacity: 1)
        unsafe memory.initialize(to: PathMemory())
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

    public func free() {
        unsafe memory.deinitialize(count: 1)
        unsafe CPosix.free(memory)
        unsafe gnutls_x509_trust_list_deinit(list, 1)
    }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        do throws(Refusal) {
            return try path(of: presented, to: host, at: time, body)
        } catch {
            // A path that is too long.
            throw error == .noValidatedPath ? .untrustedChain : error
        }
    }

    private func path<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        let certificates = presented.certificates
        // For keys and signatures of at least 112 bits.
        let flags = UInt32(CGNUTLS_FLAGS)
        var digest = ChainDigest(to: host, flags: flags)
        for depth in 0..<certificates.count where !presented.isLeftOut(at: depth) {
            guard let certificate = certificates.certificate(at: depth) else { throw .malformedCertificate }
            try digest.append(certificate)
        }
        let key = try digest.finish()
        guard let number = unsafe memory.pointee.host(host, GnuTLSBackend()) else { throw .backendFailure }
        // The list is this store's own, and stays as it is.
        let known: Result?? = unsafe memory.pointee.withPath(key, of: number) { path in
            path.isCurrent(at: time) ? path.withCertificates { body(ValidatedChain(validated: $0)) } : nil
        }
        if let known = known ?? nil { return known }

        guard let leaf = certificates.certificate(at: 0) else { throw .malformedCertificate }
        // A closure, which lies on the stack, where a method as a value would be allocated.
        var imported = try ImportedChain(certificates, leavingOut: { presented.isLeftOut(at: $0) })
        defer { imported.free() }
        let validation = unsafe GnuTLSValidation(list: list, flags: flags)
        let path = try unsafe validation.path(of: &imported, from: leaf, to: host, at: time)
        if let kept = unsafe path.kept(&imported, to: list, at: time) {
            unsafe memory.pointee.keep(kept, under: key, of: number)
        }
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }
}
