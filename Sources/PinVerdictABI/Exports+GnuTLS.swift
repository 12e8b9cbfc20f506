#if GnuTLS
    import CGnuTLS
    import CPinVerdict
    import CPinVerdictGnuTLS
    import CPosix
    import GnuTLSBackend
    import PinVerdict

    @c @implementation
    public func pinverdict_gnutls_check(
        _ checker: OpaquePointer!, _ session: gnutls_session_t!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> pinverdict_decision {
        guard let output = unsafe VerdictOutput(verdict) else { return PINVERDICT_REFUSE }
        guard let state = unsafe checkerState(checker), let session = unsafe session, let host = unsafe host else {
            return unsafe output.refuse(.invalidArgument)
        }
        return unsafe state.pointee.check(
            host: span(of: host, limit: Limits.hostSpelling), GnuTLSConnection(session), output)
    }

    @c @implementation
    public func pinverdict_gnutls_attach(
        _ session: gnutls_session_t!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let session = unsafe session, let state = unsafe checkerState(checker), let host = unsafe host,
            let name = unsafe HostName(span(of: host, limit: Limits.hostSpelling)),
            unsafe GnuTLSConnection(session).canBeAttached
        else { return GNUTLS_E_INVALID_REQUEST }
        guard let attachment = unsafe GnuTLSAttachment.make(state, name) else { return GNUTLS_E_MEMORY_ERROR }
        let status = unsafe cgnutls_keep(session, attachment) { data in
            if let data = unsafe data {
                unsafe GnuTLSAttachment.free(data.assumingMemoryBound(to: GnuTLSAttachment.self))
            }
        }
        guard status == GNUTLS_E_SUCCESS else {
            unsafe GnuTLSAttachment.free(attachment)
            return status
        }
        unsafe gnutls_session_set_verify_function(session) { unsafe pinverdict_gnutls_verify_function($0) }
        return GNUTLS_E_SUCCESS
    }

    @c @implementation
    public func pinverdict_gnutls_verify_function(_ session: gnutls_session_t!) -> Int32 {
        guard let session = unsafe session, let data = unsafe cgnutls_kept(session) else {
            return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
        }
        let attachment = unsafe data.assumingMemoryBound(to: GnuTLSAttachment.self)
        let decision = unsafe attachment.pointee.checker.pointee.check(
            host: attachment.pointee.host.span, GnuTLSConnection(session, isInHandshake: true), VerdictOutput())
        return decision == PINVERDICT_ALLOW ? GNUTLS_E_SUCCESS : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
    }

    /// What an attached session keeps.
    @unsafe
    private struct GnuTLSAttachment {
        let checker: UnsafeMutablePointer<CheckerState>
        let host: HostName

        static func make(_ checker: UnsafeMutablePointer<CheckerState>, _ host: HostName)
            -> UnsafeMutablePointer<GnuTLSAttachment>?
        {
            guard let memory = unsafe malloc(MemoryLayout<GnuTLSAttachment>.size) else { return nil }
            let attachment = unsafe memory.bindMemory(to: GnuTLSAttachment.self, capacity: 1)
            unsafe checker.retain()
            unsafe attachment.initialize(to: GnuTLSAttachment(checker: checker, host: host))
            return unsafe attachment
        }

        static func free(_ attachment: UnsafeMutablePointer<GnuTLSAttachment>) {
            unsafe attachment.pointee.checker.release()
            unsafe CPosix.free(attachment)
        }
    }
#endif
