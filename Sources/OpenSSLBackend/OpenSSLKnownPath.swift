// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import CPosix
import PinVerdictCore

/// A path that OpenSSL has built, with its certificates as they were encoded: i2d_X509 gives the bytes that were read.
///
/// In a memory it is known again, and what it stands for stays true: that the leaf has the host's name, when all of its
/// certificates are valid, and, where it says so, that each is signed by the next one's key. Everything else OpenSSL is
/// asked each time. ``free()`` gives it back.
@safe
public struct OpenSSLKnownPath: RememberedPath {
    fileprivate let contents: UnsafeMutablePointer<Contents>

    @unsafe
    fileprivate struct Contents {
        let path: OpaquePointer
        let presented: OpaquePointer?
        let isSigned: Bool
        let validity: copenssl_validity
        var encoded = CertificateStorage()
    }

    /// Where none is remembered, the path has the same shape.
    ///
    /// - Parameters:
    ///   - presented: what the path was built from, to be kept too.
    ///   - isSigned: OpenSSL itself has verified the signatures.
    @unsafe
    init(_ path: OpaquePointer, presented: OpaquePointer? = nil, isSigned: Bool) throws(Refusal) {
        guard let memory = unsafe malloc(MemoryLayout<Contents>.size) else { throw .backendFailure }
        let contents = unsafe memory.bindMemory(to: Contents.self, capacity: 1)
        guard let kept = unsafe X509_chain_up_ref(path) else {
            unsafe CPosix.free(memory)
            throw .backendFailure
        }
        unsafe contents.initialize(
            to: Contents(
                path: kept, presented: presented.map { unsafe X509_chain_up_ref($0) } ?? nil, isSigned: isSigned,
                validity: copenssl_validity_of(path)))
        unsafe self.contents = contents
        let count = unsafe copenssl_stack_count(path)
        for depth in 0..<count {
            var output: UnsafeMutablePointer<UInt8>?
            let size = unsafe i2d_X509(copenssl_stack_at(path, depth), &output)
            guard size > 0, unsafe contents.pointee.encoded.append(output, size: Int(size)) else {
                unsafe copenssl_free(output)
                free()
                throw .backendFailure
            }
        }
    }

    public func free() {
        unsafe copenssl_stack_free(contents.pointee.path)
        unsafe copenssl_stack_free(contents.pointee.presented)
        unsafe contents.pointee.encoded.free { unsafe copenssl_free($0) }
        unsafe contents.deinitialize(count: 1)
        unsafe CPosix.free(contents)
    }

    /// By which a path is found; nil where OpenSSL has no digest of the leaf. What is found is compared byte for byte.
    @unsafe
    static func key(of leaf: OpaquePointer) -> Digest? {
        var words = InlineArray<4, UInt64>(repeating: 0)
        let isKnown = unsafe withUnsafeMutableBytes(of: &words) { unsafe copenssl_digest(leaf, $0.baseAddress) }
        return isKnown ? Digest(words: words) : nil
    }

    /// What can be asked for an issuer; not what is trusted.
    var certificates: OpaquePointer { unsafe contents.pointee.path }
    var presented: OpaquePointer? { unsafe contents.pointee.presented }

    /// Whether a leaf is this path's.
    @unsafe
    func isOf(_ leaf: OpaquePointer) -> Bool {
        unsafe copenssl_is_same(leaf, copenssl_stack_at(contents.pointee.path, 0))
    }

    /// Whether a path is this one, and every certificate valid.
    @unsafe
    func isSame(as path: OpaquePointer?, at time: Int64) -> Bool {
        unsafe isValid(at: time) && copenssl_are_same(path, contents.pointee.path)
    }

    private func isValid(at time: Int64) -> Bool {
        let validity = unsafe contents.pointee.validity
        return validity.from <= time && time < validity.until
    }

    /// Whether OpenSSL finds this path from a leaf and what was sent beside it, and nothing wrong with it. It is asked
    /// all but what stays true. Of several issuers it would take the first one that is valid, and without a look at
    /// times the first one: where that is on this path it is valid, and so the same one.
    @unsafe
    func isFound(
        from leaf: OpaquePointer, _ sent: OpaquePointer?, _ store: OpaquePointer?,
        _ settings: OpenSSLValidation.Settings, to host: borrowing HostName, at time: Int64
    ) -> Bool {
        guard unsafe contents.pointee.isSigned, isValid(at: time), let context = unsafe X509_STORE_CTX_new() else {
            return false
        }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard unsafe X509_STORE_CTX_init(context, store, leaf, sent) == 1,
            unsafe OpenSSLValidation.configure(context, settings, time),
            unsafe copenssl_expects(context, contents.pointee.path)
        else { return false }
        if !host.isAddress { unsafe host.withCString { unsafe copenssl_leave_host_out(context, $0) } }
        return unsafe X509_verify_cert(context) == 1
    }
}

extension Optional where Wrapped == OpenSSLKnownPath {
    /// Lends the path, or nil for none.
    func lend<Result>(to body: (ValidatedChain<CertificateArray>?) -> Result) -> Result {
        guard let self else { return body(nil) }
        return unsafe self.contents.pointee.encoded.withCertificates { body(ValidatedChain(validated: $0)) }
    }
}
