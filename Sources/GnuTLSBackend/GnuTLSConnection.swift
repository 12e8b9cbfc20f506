// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdict

/// A client's session with the peer's certificates, as the source of a validated path. GnuTLS leaves verifying to
/// the application, so this verifies, whatever the application did.
@unsafe
public struct GnuTLSConnection: PathSource {
    private let session: gnutls_session_t

    /// Asked before the handshake is complete.
    private let isInHandshake: Bool

    public init(_ session: gnutls_session_t, isInHandshake: Bool = false) {
        unsafe self.session = session
        unsafe self.isInHandshake = isInHandshake
    }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        guard unsafe cgnutls_is_client(session), unsafe isInHandshake || cgnutls_is_after_handshake(session) else {
            throw .noValidatedPath
        }
        var flags: UInt32 = 0
        guard let list = unsafe cgnutls_trust_list(session, &flags) else { throw .noValidatedPath }
        var count: UInt32 = 0
        guard let first = unsafe gnutls_certificate_get_peers(session, &count), count > 0 else {
            throw .noValidatedPath
        }
        // GnuTLS's own answer, under all the settings of the session.
        let status = unsafe cgnutls_verify(session)
        guard !status.is_untrusted else { throw Refusal(.untrustedChain, finding: status.all) }
        var sent = CertificateStorage()
        for index in 0..<Int(count) {
            guard unsafe sent.append(first[index]) else { throw .untrustedChain }
        }
        var imported = try sent.withCertificates { certificates throws(Refusal) in
            try ImportedChain(certificates)
        }
        defer { imported.free() }
        let leaf = unsafe Span(first.pointee)

        // The flags of a session (gnutls_session_set_verify_cert) switch things off too, and nobody can read them:
        // the path is that of a validation without them.
        let validation = unsafe GnuTLSValidation(list: list, flags: flags)
        guard !status.is_outside_validity else {
            throw unsafe validation.refusal(of: &imported, from: leaf, to: host)
        }
        let path = try unsafe validation.path(of: &imported, from: leaf, to: host, at: time)
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }

    public func words(for finding: UInt32) -> FindingText { Refusal.words(for: finding) }

    /// Whether the session is a client's with no handshake behind it.
    public var canBeAttached: Bool { unsafe cgnutls_is_client(session) && cgnutls_is_before_handshake(session) }
}
