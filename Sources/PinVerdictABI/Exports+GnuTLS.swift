#if GnuTLS
    import CGnuTLS
    import CPinVerdict
    import CPinVerdictGnuTLS
    import GnuTLSBackend
    import PinVerdict

    @c @implementation
    public func pinverdict_gnutls_check(
        _ checker: OpaquePointer!, _ session: gnutls_session_t!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> pinverdict_decision {
        unsafe decide(verdict, checker, host) { checker, host, output throws(Reason) in
            guard let session = unsafe session else { throw .invalidArgument }
            return unsafe checker.pointee.check(host: host, GnuTLSConnection(session), output)
        }
    }

    @c @implementation
    public func pinverdict_gnutls_attach(
        _ session: gnutls_session_t!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let session = unsafe session, let checker = unsafe try? CheckerBox.required(checker),
            let name = unsafe try? required(hostName: host), unsafe GnuTLSConnection(session).canBeAttached
        else { return GNUTLS_E_INVALID_REQUEST }
        guard let attachment = unsafe try? UnsafeMutablePointer.box(Attachment(checker, name)) else {
            return GNUTLS_E_MEMORY_ERROR
        }
        let status = unsafe cgnutls_keep(session, attachment) { data in
            unsafe data?.assumingMemoryBound(to: Attachment.self).freeBox()
        }
        guard status == GNUTLS_E_SUCCESS else {
            unsafe attachment.freeBox()
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
        let attachment = unsafe data.assumingMemoryBound(to: Attachment.self)
        let isAllowed = unsafe attachment.pointee.allows(GnuTLSConnection(session, isInHandshake: true))
        return isAllowed ? GNUTLS_E_SUCCESS : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
    }
#endif
