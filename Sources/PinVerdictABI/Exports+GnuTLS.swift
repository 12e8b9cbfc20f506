// SPDX-License-Identifier: Apache-2.0

#if GnuTLS
    import BackendSupport
    import CGnuTLS
    import CPinVerdict
    import CPinVerdictGnuTLS
    import GnuTLSBackend
    import PinVerdictCore

    @c @implementation
    public func pinverdict_gnutls_check(
        _ checker: OpaquePointer!, _ session: gnutls_session_t!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> pinverdict_decision {
        unsafe pinverdict_gnutls_check_path(checker, session, host, verdict, nil, nil)
    }

    @c @implementation
    public func pinverdict_gnutls_check_path(
        _ checker: OpaquePointer!, _ session: gnutls_session_t!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!, _ on_path: pinverdict_path_function!,
        _ argument: UnsafeMutableRawPointer!
    ) -> pinverdict_decision {
        unsafe decide(verdict, checker, host) { checker, host, output throws(Refusal) in
            guard let session = unsafe session else { throw .invalidArgument }
            let kept = unsafe attachment(of: session)
            // What has ended the handshake is still the answer.
            let earlier =
                unsafe cgnutls_is_after_handshake(session) ? nil : kept?.pointee.refusal(of: session, checker, host)
            let observer = unsafe PathObserver(on_path, argument)
            if let earlier {
                unsafe kept?.pointee.attachment.show(observer)
                return unsafe output.write(earlier)
            }
            var verified = unsafe kept?.pointee.verified
            let verdict = unsafe withUnsafeMutablePointer(to: &verified) { verified in
                unsafe checker.pointee.withGnuTLSMemory { memory in
                    unsafe checker.verdict(host: host, GnuTLSConnection(session, memory, verified), observer)
                }
            }
            unsafe kept?.pointee.attachment.keep(verdict)
            return unsafe output.write(verdict)
        }
    }

    @c @implementation
    public func pinverdict_gnutls_verdict(
        _ session: gnutls_session_t!, _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> Bool {
        unsafe tell(session.flatMap { unsafe attachment(of: $0)?.pointee.attachment.last }, verdict)
    }

    @c @implementation
    public func pinverdict_gnutls_attach(
        _ session: gnutls_session_t!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let session = unsafe session, let checker = unsafe try? CheckerBox.required(checker),
            let name = unsafe try? required(hostName: host), unsafe GnuTLSConnection.canBeAttached(session)
        else { return GNUTLS_E_INVALID_REQUEST }
        guard
            let attachment = unsafe try? UnsafeMutablePointer.box(
                GnuTLSAttachment(attachment: Attachment(checker, name)))
        else { return GNUTLS_E_MEMORY_ERROR }
        let status = unsafe cgnutls_keep(session, attachment) { data in
            unsafe data?.assumingMemoryBound(to: GnuTLSAttachment.self).freeBox()
        }
        guard status == GNUTLS_E_SUCCESS else {
            unsafe attachment.freeBox()
            return status
        }
        unsafe cgnutls_set_hook(session) { session, message, _, isIncoming, _ in
            unsafe isIncoming == 0 ? GNUTLS_E_SUCCESS : follow(session, message)
        }
        return GNUTLS_E_SUCCESS
    }

    @c @implementation
    public func pinverdict_gnutls_verify_function(_ session: gnutls_session_t!) -> Int32 {
        guard let session = unsafe session, let attachment = unsafe attachment(of: session) else {
            return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
        }
        return unsafe attachment.pointee.verify(session)
    }

    /// Sees the server's messages, and ends the handshake at the last one of its flight where the pins refuse. As a
    /// verify function it would take the place of the application's or of GnuTLS's own, for which nobody can ask.
    @unsafe
    private func follow(_ session: gnutls_session_t?, _ message: UInt32) -> Int32 {
        guard let session = unsafe session, let attachment = unsafe attachment(of: session) else {
            return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
        }
        if cgnutls_begins_handshake(message) { unsafe attachment.pointee.begin() }
        if cgnutls_brings_certificate(message) { unsafe attachment.pointee.isUnverified = true }
        guard cgnutls_ends_flight(message), unsafe attachment.pointee.isUnverified else { return GNUTLS_E_SUCCESS }
        return unsafe attachment.pointee.verify(session)
    }

    @unsafe
    private func attachment(of session: gnutls_session_t) -> UnsafeMutablePointer<GnuTLSAttachment>? {
        unsafe cgnutls_kept(session)?.assumingMemoryBound(to: GnuTLSAttachment.self)
    }

    /// What an attached session keeps.
    @unsafe
    private struct GnuTLSAttachment: ~Copyable {
        var attachment: Attachment
        /// The server has sent certificates that have not been allowed.
        var isUnverified = false
        /// What GnuTLS has verified in the last handshake.
        var verified: VerifiedPeer?

        /// Forgets what was found in another handshake.
        mutating func begin() {
            unsafe verified = nil
            unsafe attachment.forgetVerdict()
        }

        /// Why a handshake has not been finished, as far as that is the server's certificates, for who asks by the
        /// checker and the host that are attached. Where GnuTLS's own verification has ended it, nothing was checked.
        mutating func refusal(
            of session: gnutls_session_t, _ checker: UnsafeMutablePointer<CheckerBox>, _ host: Span<UInt8>
        ) -> pinverdict_verdict? {
            guard unsafe isUnverified, unsafe attachment.isOf(checker, host) else { return nil }
            let verdict = unsafe attachment.last ?? check(session)
            return verdict.decision == PINVERDICT_ALLOW ? nil : verdict
        }

        /// Checks what the server has sent. A refusal goes out as an alert, if the transport takes it at once: nobody
        /// comes back for the rest, and the handshake is over either way.
        mutating func verify(_ session: gnutls_session_t) -> Int32 {
            let verdict = unsafe check(session)
            guard verdict.decision == PINVERDICT_ALLOW else {
                _ = unsafe gnutls_alert_send(session, GNUTLS_AL_FATAL, alert(verdict.reason))
                return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
            }
            unsafe isUnverified = false
            return GNUTLS_E_SUCCESS
        }

        private mutating func check(_ session: gnutls_session_t) -> pinverdict_verdict {
            let checker = unsafe attachment.checker
            var verified = unsafe verified
            let verdict = unsafe withUnsafeMutablePointer(to: &verified) { verified in
                unsafe checker.pointee.withGnuTLSMemory { memory in
                    unsafe attachment.verdict(GnuTLSConnection(session, memory, verified, isInHandshake: true))
                }
            }
            unsafe self.verified = verified
            return verdict
        }

        private func alert(_ reason: pinverdict_reason) -> gnutls_alert_description_t {
            switch reason {
            case PINVERDICT_REASON_UNTRUSTED_CHAIN: GNUTLS_A_UNKNOWN_CA
            case PINVERDICT_REASON_CERTIFICATE_EXPIRED: GNUTLS_A_CERTIFICATE_EXPIRED
            case PINVERDICT_REASON_HOSTNAME_MISMATCH, PINVERDICT_REASON_MALFORMED_CERTIFICATE: GNUTLS_A_BAD_CERTIFICATE
            case PINVERDICT_REASON_BACKEND_FAILURE: GNUTLS_A_INTERNAL_ERROR
            default: GNUTLS_A_CERTIFICATE_UNKNOWN
            }
        }
    }
#endif
