// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdictCore

/// A client's SSL whose handshake is over, as the source of a validated path.
@unsafe
public struct OpenSSLConnection: PathSource {
    private let ssl: OpaquePointer
    private let resultOwner: ResultOwner
    private let memory: OpenSSLPathMemory

    /// Whose the result of a verification is.
    public enum ResultOwner {
        /// OpenSSL's, as far as can be seen.
        case openSSL
        /// A callback of the application's took part, and may have changed it.
        case application
        /// OpenSSL has not verified the path, since it would have told us.
        case nobody
    }

    public init(_ ssl: OpaquePointer, resultOwner: ResultOwner, memory: OpenSSLPathMemory) {
        unsafe self.ssl = ssl
        unsafe self.resultOwner = resultOwner
        // Where the application has a hand in the verification, nothing is remembered.
        let isPlain = unsafe resultOwner == .openSSL && copenssl_is_plain(copenssl_verify_store(ssl))
        unsafe self.memory = isPlain ? memory : nil
    }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        // SSL_get0_verified_chain is set even where verification failed or was off.
        let result = unsafe SSL_get_verify_result(ssl)
        guard unsafe isFinished else { throw unsafe failure(Int32(truncatingIfNeeded: result)) }
        guard unsafe copenssl_verifies(ssl) else { throw .noValidatedPath }
        guard result == Int(X509_V_OK) else {
            throw Refusal(.noValidatedPath, finding: UInt32(truncatingIfNeeded: result))
        }
        // Without certificates, as with a pre-shared key, there is none to verify, and the application wants it so.
        guard let peer = unsafe SSL_get0_peer_certificate(ssl) else { return body(nil) }
        let isVerified = unsafe !isResumed
        if unsafe isVerified && resultOwner == .nobody { throw .noValidatedPath }
        if unsafe !isVerified || resultOwner == .application {
            return try unsafe withPathVerifiedAgain(from: peer, host, time, body)
        }
        guard let chain = unsafe SSL_get0_verified_chain(ssl), let leaf = unsafe copenssl_stack_at(chain, 0),
            unsafe X509_cmp(leaf, peer) == 0
        else { throw .noValidatedPath }
        let host = copy host
        return try unsafe memory.recall(leaf, to: host) { known, new throws(Refusal) in
            try unsafe OpenSSLVerification.path(of: chain, leaf, known: known, &new, to: host, at: time).lend(to: body)
        }
    }

    /// Why a handshake is not finished, as far as that is OpenSSL's verification.
    private func failure(_ result: Int32) -> Refusal {
        unsafe SSL_is_server(ssl) == 0 && Refusal.isReason(error: result) ? Refusal(error: result) : .noValidatedPath
    }

    /// A resumed session has no verified chain: the certificates that it keeps are validated again. One that was stored
    /// keeps the leaf alone: what the path was before may be asked for issuers then.
    private func withPathVerifiedAgain<Result>(
        from leaf: OpaquePointer, _ host: borrowing HostName, _ time: Int64,
        _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        let settings = unsafe OpenSSLValidation.Settings(
            parameters: SSL_get0_param(ssl), securityLevel: SSL_get_security_level(ssl))
        let again = copy host
        do throws(Refusal) {
            return try unsafe memory.recall(leaf, to: again) { known, new throws(Refusal) in
                try unsafe OpenSSLValidation.path(
                    from: leaf, SSL_get_peer_cert_chain(ssl) ?? known?.certificates, copenssl_verify_store(ssl),
                    settings: settings, known: known, &new, to: again, at: time
                ).lend(to: body)
            }
        } catch {
            guard error == .untrustedChain else { throw error }
            // What an application's callback has let pass.
            guard unsafe resultOwner == .openSSL else { throw .noValidatedPath }
            // OpenSSL takes the session as it was verified once.
            try unsafe OpenSSLVerification.requireValidity(of: leaf, to: host, at: time)
            return body(nil)
        }
    }
}

extension OpenSSLConnection {
    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    public var isResumed: Bool { unsafe SSL_session_reused(ssl) != 0 }

    /// Whether a handshake could still be made to fail: a client's, not begun, with verification on.
    public static func canBeAttached(_ ssl: OpaquePointer) -> Bool {
        unsafe SSL_in_before(ssl) == 1 && SSL_is_server(ssl) == 0 && SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER != 0
    }

    public var isFinished: Bool { unsafe copenssl_is_finished(ssl) && SSL_is_server(ssl) == 0 }

    /// Takes the session out of the context's cache, and lets nobody resume it who keeps it: the next connection is a
    /// full handshake.
    public func forgetSession() {
        guard unsafe isFinished, let session = unsafe SSL_get_session(ssl) else { return }
        unsafe SSL_CTX_remove_session(SSL_get_SSL_CTX(ssl), session)
    }
}

/// The path as it stands while a verify callback runs: built, but with checks still to come, so that it serves to
/// refuse and not to allow.
@unsafe
public struct OpenSSLVerification: PathSource {
    private let context: OpaquePointer
    private let memory: OpenSSLPathMemory

    public init(_ context: OpaquePointer, memory: OpenSSLPathMemory) {
        unsafe self.context = context
        unsafe self.memory = copenssl_is_plain(X509_STORE_CTX_get0_store(context)) ? memory : nil
    }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        guard unsafe copenssl_is_full(X509_STORE_CTX_get0_param(context)),
            unsafe !copenssl_is_taken_over(X509_STORE_CTX_get0_store(context)),
            let chain = unsafe X509_STORE_CTX_get0_chain(context), let leaf = unsafe copenssl_stack_at(chain, 0)
        else { throw .noValidatedPath }
        let host = copy host
        return try unsafe memory.recall(leaf, to: host) { known, new throws(Refusal) in
            try unsafe Self.path(of: chain, leaf, known: known, &new, to: host, at: time).lend(to: body)
        }
    }

    /// A path that OpenSSL has verified, by its own clock and perhaps without the host; nil for one with more
    /// certificates than are taken. What is left in `new` does not say that it is signed, which is OpenSSL's word, or a
    /// callback's.
    @inline(never)
    static func path(
        of chain: OpaquePointer, _ leaf: OpaquePointer, known: OpenSSLKnownPath?, _ new: inout OpenSSLKnownPath?,
        to host: borrowing HostName, at time: Int64
    ) throws(Refusal) -> OpenSSLKnownPath? {
        if let known, unsafe known.isSame(as: chain, at: time) { return known }
        try unsafe requireValidity(of: leaf, to: host, at: time)
        for depth in 1..<max(1, unsafe copenssl_stack_count(chain)) {
            try unsafe requireValidity(of: copenssl_stack_at(chain, depth), depth, at: time)
        }
        guard unsafe copenssl_stack_count(chain) <= Limits.certificates else { return nil }
        new = try unsafe OpenSSLKnownPath(chain, isSigned: false)
        return new
    }

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    public var isResumed: Bool { false }

    /// Why the verification ends at this step. Its result counts for nothing where a callback has let an error pass,
    /// and where one refuses without an error there is none.
    public func refusal(isOverridden: Bool) -> Refusal {
        let error = unsafe X509_STORE_CTX_get_error(context)
        if Refusal.isReason(error: error), !isOverridden {
            return unsafe Refusal(error: error, at: X509_STORE_CTX_get_error_depth(context))
        }
        let finding = error == X509_V_OK ? X509_V_ERR_APPLICATION_VERIFICATION : error
        return Refusal(.noValidatedPath, finding: UInt32(bitPattern: finding))
    }

    /// What can be asked of a leaf whose path is not there.
    static func requireValidity(
        of leaf: OpaquePointer, to host: borrowing HostName, at time: Int64
    ) throws(Refusal) {
        guard unsafe OpenSSLValidation.names(leaf, host) else {
            throw Refusal(error: X509_V_ERR_HOSTNAME_MISMATCH, at: 0)
        }
        try unsafe requireValidity(of: leaf, 0, at: time)
    }

    private static func requireValidity(
        of certificate: OpaquePointer?, _ depth: Int32, at time: Int64
    ) throws(Refusal) {
        let error = unsafe copenssl_validity_at(certificate, time)
        guard error == X509_V_OK else { throw Refusal(error: error, at: depth) }
    }
}
