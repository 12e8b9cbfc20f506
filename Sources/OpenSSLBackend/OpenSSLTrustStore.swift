// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import CPosix
import PinVerdict

/// Trust anchors in an X509_STORE. ``free()`` gives it back.
@safe
public struct OpenSSLTrustStore: TrustStore {
    private let store: OpaquePointer

    /// The anchors of a PEM file; without one the system's, from its bundle, since OpenSSL would read its folder of
    /// certificates only while it validates.
    @unsafe
    init(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) {
        guard let store = unsafe X509_STORE_new() else { throw .outOfMemory }
        unsafe self.store = store
        guard let file = unsafe file ?? cposix_system_bundle() else { return }
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard unsafe copenssl_load_anchors(store, file) else {
            let isOutOfMemory = copenssl_is_out_of_memory()
            unsafe X509_STORE_free(store)
            throw isOutOfMemory ? .outOfMemory : .unreadable
        }
    }

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    public func free() { unsafe X509_STORE_free(store) }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard let chain = unsafe copenssl_stack_new() else { throw .backendFailure }
        defer { unsafe copenssl_stack_free(chain) }
        let certificates = presented.certificates
        for depth in 0..<certificates.count {
            guard let encoded = certificates.certificate(at: depth) else { throw .malformedCertificate }
            unsafe try Self.append(encoded, to: chain, isLeaf: depth == 0)
        }
        guard let leaf = unsafe copenssl_stack_at(chain, 0) else { throw .malformedCertificate }
        let path = try unsafe OpenSSLValidation.withPath(
            from: leaf, chain, store, settings: OpenSSLValidation.Settings(), to: host, at: time
        ) { path in path.map(body) }
        // A path that is too long.
        guard let path else { throw .untrustedChain }
        return path
    }

    @unsafe
    private static func append(_ encoded: Span<UInt8>, to chain: OpaquePointer, isLeaf: Bool) throws(Refusal) {
        let parsed = unsafe encoded.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            let parsed = unsafe d2i_X509(nil, &position, bytes.count)
            return unsafe parsed
        }
        // What our reader takes and OpenSSL does not, such as a date that is none: a leaf is needed, another is left
        // out, as if it had not been sent.
        guard let parsed = unsafe parsed else {
            if isLeaf { throw .untrustedChain }
            return
        }
        guard unsafe copenssl_stack_push(chain, parsed) else {
            unsafe X509_free(parsed)
            throw .backendFailure
        }
    }
}
