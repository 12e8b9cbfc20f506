// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// A client's session with the peer's certificates, as the source of a validated path. GnuTLS leaves verifying to
/// the application, so this verifies, unless GnuTLS has done so in the same handshake.
@unsafe
public struct GnuTLSConnection: PathSource {
    private let session: gnutls_session_t

    private let memory: UnsafePointer<PathMemory<KeptPath>>

    /// What was verified in the session's last handshake, if anybody knows.
    private let verified: UnsafeMutablePointer<VerifiedPeer?>

    /// Asked before the handshake is complete.
    private let isInHandshake: Bool

    public init(
        _ session: gnutls_session_t, _ memory: UnsafePointer<PathMemory<KeptPath>>,
        _ verified: UnsafeMutablePointer<VerifiedPeer?>, isInHandshake: Bool = false
    ) {
        unsafe self.session = session
        unsafe self.memory = memory
        unsafe self.verified = verified
        unsafe self.isInHandshake = isInHandshake
    }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        guard unsafe cgnutls_is_client(session), unsafe isInHandshake || cgnutls_is_after_handshake(session) else {
            throw .noValidatedPath
        }
        var count: UInt32 = 0
        guard let sent = unsafe gnutls_certificate_get_peers(session, &count), count > 0 else {
            // Without certificates, as with a pre-shared key, there is none to verify, and the application wants it so.
            guard unsafe cgnutls_needs_no_certificate(session) else { throw .noValidatedPath }
            return body(nil)
        }
        var flags: UInt32 = 0
        guard let list = unsafe cgnutls_trust_list(session, &flags) else { throw .noValidatedPath }
        do throws(Refusal) {
            return try unsafe withPath(of: sent, Int(count), to: host, list, flags, at: time, body)
        } catch {
            // A certificate that is trusted for this one name (gnutls_x509_trust_list_add_named_crt) needs no path.
            guard unsafe isTrusted(sent.pointee, as: host, list, flags) else { throw error }
            return body(nil)
        }
    }

    private func withPath<Result>(
        of certificates: UnsafePointer<gnutls_datum_t>, _ count: Int, to host: borrowing HostName,
        _ list: gnutls_x509_trust_list_t, _ flags: UInt32, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        let leaf = unsafe Span(certificates.pointee)
        var sent = CertificateStorage()
        var digest = ChainDigest(to: host, flags: flags)
        for index in 0..<min(count, Limits.certificates) {
            _ = unsafe sent.append(certificates[index])
            try unsafe digest.append(Span(certificates[index]))
        }
        let chain = try digest.finish()
        guard let number = unsafe memory.pointee.host(host, GnuTLSBackend()) else { throw .backendFailure }
        // GnuTLS alone would not verify a session that it resumes: that it has verified the same chain counts for a
        // while.
        if unsafe isResumed, count == sent.count,
            let result = unsafe recall(chain, of: number, to: list, at: time, body)
        {
            return result
        }
        let hasAnswered = unsafe cgnutls_has_verified_itself(session) || verified.pointee?.covers(chain, list) == true
        let status = hasAnswered ? cgnutls_status() : try unsafe verify(chain, of: number, list)
        guard count == sent.count, ImportedChain.isModest(leaf) else {
            guard !status.is_outside_validity else { throw .certificateExpired }
            let imported = try ImportedChain(leafAlone: leaf)
            defer { imported.free() }
            return try unsafe withoutPath(from: imported, to: host, at: time, body)
        }
        if !status.is_outside_validity, let result = unsafe recall(chain, of: number, to: list, at: time, body) {
            return result
        }
        var imported = try sent.withCertificates { certificates throws(Refusal) in
            try ImportedChain(certificates)
        }
        defer { imported.free() }

        // The flags of a session (gnutls_session_set_verify_cert) switch things off too, and nobody can read them: the
        // path is that of a validation without them. What is revoked, GnuTLS has just looked at, if it is to.
        let validation = unsafe GnuTLSValidation(list: list, flags: cgnutls_without_crls(flags))
        guard !status.is_outside_validity else {
            throw unsafe validation.refusal(of: &imported, from: leaf, to: host)
        }
        let path: CapturedPath
        do throws(Refusal) {
            path = try unsafe validation.path(of: &imported, from: leaf, to: host, at: time)
        } catch {
            guard error == .noValidatedPath || !imported.isComplete else { throw error }
            return try unsafe withoutPath(from: imported, to: host, at: time, body)
        }
        // An answer that depends on the time may be another by now.
        if hasAnswered, !path.isFirstChoice, try unsafe verify(chain, of: number, list).is_outside_validity {
            throw .certificateExpired
        }
        if let kept = unsafe path.kept(&imported, to: list, at: time) {
            unsafe memory.pointee.keep(kept, under: chain, of: number)
        }
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }

    /// Where GnuTLS trusts certificates that have no path for us.
    private func withoutPath<Result>(
        from imported: ImportedChain, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        guard imported.leafNames(host) else { throw .hostNameMismatch }
        guard imported.isLeafValid(at: time) else { throw .certificateExpired }
        return body(nil)
    }

    private func isTrusted(
        _ leaf: gnutls_datum_t, as host: borrowing HostName, _ list: gnutls_x509_trust_list_t, _ flags: UInt32
    ) -> Bool {
        guard let imported = unsafe try? ImportedChain(leafAlone: Span(leaf)) else { return false }
        defer { imported.free() }
        return unsafe imported.isLeafNamed(host, by: list, flags)
    }

    public var isResumed: Bool { unsafe gnutls_session_is_resumed(session) != 0 }

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    /// Passes on the path that the chain had before, if it would have it now; else nil.
    private func recall<Result>(
        _ chain: Digest, of host: HostNumber, to list: gnutls_x509_trust_list_t, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) -> Result? {
        let result: Result?? = unsafe memory.pointee.withPath(chain, of: host) { path in
            guard path.isCurrent(at: time), unsafe path.leads(to: list) else { return nil }
            return path.withCertificates { body(ValidatedChain(validated: $0)) }
        }
        return result ?? nil
    }

    /// GnuTLS's own answer, under all the settings of the session. Throws ``Reason/untrustedChain``: then what was
    /// known of the chain counts for nothing.
    private func verify(
        _ chain: Digest, of host: HostNumber, _ list: gnutls_x509_trust_list_t
    ) throws(Refusal) -> cgnutls_status {
        let status = unsafe cgnutls_verify(session)
        guard !status.is_untrusted else {
            unsafe memory.pointee.forget(chain, of: host)
            throw Refusal(.untrustedChain, finding: status.all)
        }
        if !status.is_outside_validity { unsafe verified.pointee = VerifiedPeer(chain, list) }
        return status
    }

    /// Whether a session is a client's with no handshake behind it.
    public static func canBeAttached(_ session: gnutls_session_t) -> Bool {
        unsafe cgnutls_is_client(session) && cgnutls_is_before_handshake(session)
    }
}
