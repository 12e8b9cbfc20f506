// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import CPosix
import PinVerdictCore

/// Trust anchors in an X509_STORE. ``free()`` gives it back.
@safe
public struct OpenSSLTrustStore: TrustStore {
    private let store: OpaquePointer
    /// The store does not change, but OpenSSL is asked all the same, for all but signatures and times.
    private let memory: UnsafeMutablePointer<PathMemory<OpenSSLKnownPath>>

    /// The anchors of a PEM file; without one the system's, from its bundle, since OpenSSL would read its folder of
    /// certificates only while it validates.
    @unsafe
    init(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) {
        guard let store = unsafe X509_STORE_new() else { throw .outOfMemory }
        guard let memory = unsafe malloc(MemoryLayout<PathMemory<OpenSSLKnownPath>>.size) else {
            unsafe X509_STORE_free(store)
            throw .outOfMemory
        }
        unsafe self.store = store
        unsafe self.memory = memory.bindMemory(to: PathMemory<OpenSSLKnownPath>.self, capacity: 1)
        unsafe self.memory.initialize(to: PathMemory())
        guard let file = unsafe file ?? cposix_system_bundle() else { return }
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard unsafe copenssl_load_anchors(store, file) else {
            let isOutOfMemory = copenssl_is_out_of_memory()
            free()
            throw isOutOfMemory ? .outOfMemory : .unreadable
        }
    }

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    public func free() {
        unsafe X509_STORE_free(store)
        unsafe memory.deinitialize(count: 1)
        unsafe CPosix.free(memory)
    }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result {
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard let number = unsafe memory.pointee.host(host, OpenSSLBackend()), let key = Self.digest(of: presented)
        else { throw .backendFailure }
        let host = copy host
        let result = try unsafe UnsafePointer(memory).recall(key, number) { known, new throws(Refusal) in
            let kept = unsafe known?.presented
            guard let chain = unsafe kept ?? copenssl_stack_new() else { throw .backendFailure }
            defer { if unsafe kept == nil { unsafe copenssl_stack_free(chain) } }
            let certificates = presented.certificates
            for depth in 0..<certificates.count where unsafe kept == nil && !presented.isLeftOut(at: depth) {
                guard let encoded = certificates.certificate(at: depth) else { throw .malformedCertificate }
                unsafe try Self.append(encoded, to: chain, isLeaf: depth == 0)
            }
            return try unsafe path(of: chain, known, &new, host, time).lend { $0.map(body) }
        }
        // A path that is too long.
        guard let result else { throw .untrustedChain }
        return result
    }

    @unsafe
    private func path(
        of chain: OpaquePointer, _ known: OpenSSLKnownPath?, _ new: inout OpenSSLKnownPath?,
        _ host: borrowing HostName, _ time: Int64
    ) throws(Refusal) -> OpenSSLKnownPath? {
        guard let leaf = unsafe copenssl_stack_at(chain, 0) else { throw .malformedCertificate }
        return try unsafe OpenSSLValidation.path(
            from: leaf, chain, isPresented: true, store, settings: OpenSSLValidation.Settings(), known: known, &new,
            to: host, at: time)
    }

    /// Of all that was sent; nil where OpenSSL cannot hash.
    private static func digest<List: CertificateList>(of presented: PresentedChain<List>) -> Digest? {
        var text = ASCIIText<1024>()
        let certificates = presented.certificates
        for depth in 0..<certificates.count where !presented.isLeftOut(at: depth) {
            guard let encoded = certificates.certificate(at: depth),
                let digest = OpenSSLBackend().sha256(encoded)
            else { return nil }
            for octet in 0..<Digest.size { text.append(digest[octet]) }
        }
        return text.isTruncated ? nil : text.withSpan { OpenSSLBackend().sha256($0) }
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
