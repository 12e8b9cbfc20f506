// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BackendSupport
    import COpenSSL
    import CPinVerdict
    import CPinVerdictOpenSSL
    import OpenSSLBackend
    import PinVerdictCore

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
            return unsafe output.write(checker.verdict(host: host, ssl, PathObserver(on_path, argument)))
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

    @c @implementation
    public func pinverdict_openssl_attach_context(
        _ context: OpaquePointer!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let context = unsafe context, let checker = unsafe try? CheckerBox.required(checker) else { return 0 }
        // NULL stands for the name that each SSL looks for.
        let name = unsafe try? required(hostName: host)
        guard unsafe host == nil || name != nil else { return 0 }
        return unsafe OpenSSLContextAttachment.attach(context, checker, name) ? 1 : 0
    }

    extension UnsafeMutablePointer where Pointee == CheckerBox {
        /// Checks a connection, and keeps the verdict with it; its session is dropped where it is refused.
        @unsafe
        func verdict(
            host: Span<UInt8>, _ ssl: OpaquePointer, _ observer: PathObserver = .nobody
        ) -> pinverdict_verdict {
            let owner = unsafe OpenSSLAttachment.resultOwner(of: ssl)
            return unsafe withUnsafePointer(to: pointee.openSSLMemory) { memory in
                let connection = unsafe OpenSSLConnection(ssl, resultOwner: owner, memory: memory)
                // What has ended the handshake is still the answer.
                let earlier = unsafe connection.isFinished ? nil : OpenSSLAttachment.refusal(of: ssl, self, host)
                if let earlier {
                    unsafe OpenSSLAttachment.showRefused(of: ssl, observer)
                    return earlier
                }
                let verdict = unsafe self.verdict(host: host, connection, observer)
                if verdict.decision != PINVERDICT_ALLOW { unsafe connection.forgetSession() }
                unsafe OpenSSLAttachment.keep(verdict, of: ssl)
                return verdict
            }
        }
    }
#endif
