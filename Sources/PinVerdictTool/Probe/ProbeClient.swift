// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL
    import CPinVerdict
    import CPinVerdictOpenSSL
    import Glibc

    /// Makes TLS connections for all threads, with OpenSSL and the library's hooks for it.
    ///
    /// The hook that is attached has a policy that is off: it refuses what OpenSSL does not trust, and says why. The
    /// handshake goes on where pins refuse, so that each policy can be asked about the one connection. Nothing is sent
    /// on it.
    @safe
    final class ProbeClient: @unchecked Sendable {
        private let context: OpaquePointer
        private let trust: ProbeChecker
        private let policies: [ProbeChecker]

        init(trustFile: String?, policies: [ProbeChecker]) throws(Failure) {
            // A command that ends while threads still use OpenSSL must not take it away under them.
            OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
            trust = try ProbeChecker.ofTrust(trustFile: trustFile)
            self.policies = policies
            guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw Failure("OpenSSL does not start") }
            unsafe self.context = context
            unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            unsafe ChainRecord.record(in: context)
            let isLoaded =
                if let trustFile {
                    unsafe SSL_CTX_load_verify_file(context, trustFile) == 1
                } else {
                    unsafe SSL_CTX_set_default_verify_paths(context) == 1
                }
            guard isLoaded else { throw Failure("OpenSSL does not load the trust anchors") }
        }

        /// - Parameter serverName: Is asked for in the handshake; what is verified and pinned is the host.
        func connect(on socket: Socket, host: String, serverName: String?) -> ProbeHandshake {
            var handshake = ProbeHandshake()
            guard let ssl = unsafe SSL_new(context) else {
                handshake.failure = NotReached("OpenSSL has no memory for a connection")
                return handshake
            }
            defer { unsafe SSL_free(ssl) }
            let record = ChainRecord()
            unsafe record.keep(with: ssl)
            var isReady = unsafe SSL_set_fd(ssl, socket.descriptor) == 1
            if let serverName {
                isReady =
                    unsafe isReady
                    && serverName.withCString { name in
                        unsafe SSL_ctrl(
                            ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                            UnsafeMutableRawPointer(mutating: name)) == 1
                    }
            }
            isReady = unsafe isReady && pinverdict_openssl_attach(ssl, trust.pointer, host) == 1
            guard isReady else {
                handshake.failure = NotReached("OpenSSL does not take the host or the server name")
                return handshake
            }
            do throws(NotReached) {
                try unsafe shakeHands(ssl, socket)
                handshake.trust = unsafe LibraryVerdict {
                    _ = unsafe pinverdict_openssl_check(trust.pointer, ssl, host, $0)
                }
            } catch {
                var hasEnded = false
                let told = unsafe LibraryVerdict { unsafe hasEnded = pinverdict_openssl_verdict(ssl, $0) }
                if hasEnded, !told.isAllowed {
                    handshake.trust = told
                } else {
                    handshake.failure = error
                }
            }
            handshake.sent = record.sent
            handshake.path = record.path
            unsafe handshake.version = String(cString: SSL_get_version(ssl))
            guard let trust = handshake.trust else { return handshake }
            // What is not trusted is refused whatever a policy says.
            handshake.verdicts = policies.map { policy in
                guard trust.isAllowed else { return trust }
                return unsafe LibraryVerdict { _ = unsafe pinverdict_openssl_check(policy.pointer, ssl, host, $0) }
            }
            unsafe SSL_shutdown(ssl)
            ERR_clear_error()
            return handshake
        }

        private func shakeHands(_ ssl: OpaquePointer, _ socket: Socket) throws(NotReached) {
            let unfinished = "the server has not finished the handshake"
            let input = unsafe SSL_get_rbio(ssl)
            unsafe BIO_set_callback_arg(
                input, Unmanaged.passUnretained(socket).toOpaque().assumingMemoryBound(to: CChar.self))
            unsafe BIO_set_callback_ex(input, refuseLateReads)
            while true {
                ERR_clear_error()
                let status = unsafe SSL_connect(ssl)
                if status == 1 { return }
                let systemError = errno
                if socket.deadline.isOver { throw .timedOut(unfinished, socket.deadline) }
                switch unsafe SSL_get_error(ssl, status) {
                case SSL_ERROR_WANT_READ: try socket.wait(for: POLLIN, unfinished)
                case SSL_ERROR_WANT_WRITE: try socket.wait(for: POLLOUT, unfinished)
                case SSL_ERROR_SYSCALL where systemError != 0:
                    throw .system("the handshake failed", systemError)
                default: throw ProbeClient.failure(ERR_peek_error())
                }
            }
        }

        /// OpenSSL's words, and what they mean most often.
        private static func failure(_ error: UInt) -> NotReached {
            let words = unsafe ERR_reason_error_string(error).map { unsafe String(cString: $0) } ?? "end of file"
            switch ERR_GET_REASON(error) {
            case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_BAD_RECORD_TYPE,
                SSL_R_RECORD_LENGTH_MISMATCH:
                return NotReached(
                    "the server does not answer in TLS (\(words)); another port, or --starttls, may be meant")
            case 0, SSL_R_UNEXPECTED_EOF_WHILE_READING:
                return NotReached(
                    "the server closed the connection in the handshake; another port, or --servername, may be meant")
            case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
                return NotReached("the server has neither TLS 1.2 nor TLS 1.3 (\(words))")
            case SSL_R_EXCESSIVE_MESSAGE_SIZE:
                return NotReached("the server sent more than the 100 KiB of certificates that OpenSSL takes (\(words))")
            case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
                return NotReached("the handshake failed: \(words); the server may want a certificate of the client's")
            case SSL_R_TLSV1_UNRECOGNIZED_NAME:
                return NotReached("the server does not know the name (\(words)); --servername asks for another")
            default:
                return NotReached("the handshake failed: \(words)")
            }
        }
    }

    /// Has reads fail once the socket's time is over: a server that sends what OpenSSL passes over would keep it busy
    /// for ever.
    private func refuseLateReads(
        _ input: OpaquePointer?, _ operation: Int32, _ bytes: UnsafePointer<CChar>?, _ size: Int, _ number: Int32,
        _ argument: Int, _ result: Int32, _ processed: UnsafeMutablePointer<Int>?
    ) -> Int {
        guard operation == BIO_CB_READ, let kept = unsafe BIO_get_callback_arg(input) else { return Int(result) }
        let socket = unsafe Unmanaged<Socket>.fromOpaque(kept).takeUnretainedValue()
        return socket.deadline.isOver ? 0 : Int(result)
    }
#endif
