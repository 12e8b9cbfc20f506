// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL
    import CPinVerdict
    import CPinVerdictOpenSSL
    import OpenSSLBackend
    import PinVerdict

    @c @implementation
    public func pinverdict_openssl_check(
        _ checker: OpaquePointer!, _ ssl: OpaquePointer!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> pinverdict_decision {
        unsafe pinverdict_openssl_check_path(checker, ssl, host, verdict, nil, nil)
    }

    @c @implementation
    public func pinverdict_openssl_check_path(
        _ checker: OpaquePointer!, _ ssl: OpaquePointer!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!, _ on_path: pinverdict_path_function!,
        _ argument: UnsafeMutableRawPointer!
    ) -> pinverdict_decision {
        unsafe decide(verdict, checker, host) { checker, host, output throws(Refusal) in
            guard let ssl = unsafe ssl else { throw .invalidArgument }
            let connection = unsafe OpenSSLConnection(ssl, resultOwner: OpenSSLAttachment.resultOwner(of: ssl))
            // What has ended the handshake is still the answer.
            let earlier = unsafe connection.isFinished ? nil : OpenSSLAttachment.refusal(of: ssl, checker, host)
            let verdict = unsafe earlier ?? checker.verdict(host: host, connection, PathObserver(on_path, argument))
            unsafe OpenSSLAttachment.keep(verdict, of: ssl)
            if verdict.decision != PINVERDICT_ALLOW { unsafe connection.forgetSession() }
            return unsafe output.write(verdict)
        }
    }

    @c @implementation
    public func pinverdict_openssl_verdict(
        _ ssl: OpaquePointer!, _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> Bool {
        unsafe tell(ssl.flatMap { unsafe OpenSSLAttachment.lastVerdict(of: $0) }, verdict)
    }

    @c @implementation
    public func pinverdict_openssl_attach(
        _ ssl: OpaquePointer!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let ssl = unsafe ssl, let checker = unsafe try? CheckerBox.required(checker),
            let name = unsafe try? required(hostName: host), unsafe OpenSSLConnection.canBeAttached(ssl)
        else { return 0 }
        return unsafe OpenSSLAttachment.attach(ssl, Attachment(checker, name)) ? 1 : 0
    }
#endif
