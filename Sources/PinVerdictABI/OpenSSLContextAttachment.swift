// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BackendSupport
    import COpenSSL
    import CPinVerdict
    import OpenSSLBackend
    import PinVerdictCore
    import Synchronization

    /// What an SSL_CTX keeps that a checker is attached to.
    @unsafe
    struct OpenSSLContextAttachment: ~Copyable {
        private let checker: UnsafeMutablePointer<CheckerBox>
        /// Nil for the name that each SSL is told to look for.
        private let host: HostName?
        /// The application's own callbacks.
        private let next: InformationCallback?
        private let nextVerify: VerifyCallback?

        typealias VerifyCallback = OpenSSLAttachment.VerifyCallback
        typealias InformationCallback = @convention(c) (OpaquePointer?, Int32, Int32) -> Void

        /// Attaches to a context. False where that is attached already, and where there is no memory.
        static func attach(
            _ context: OpaquePointer, _ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName?
        ) -> Bool {
            guard let index = unsafe contextIndex(), unsafe SSL_CTX_get_ex_data(context, index) == nil,
                let kept = unsafe try? UnsafeMutablePointer.box(
                    OpenSSLContextAttachment(
                        checker, host, SSL_CTX_get_info_callback(context), SSL_CTX_get_verify_callback(context)))
            else { return false }
            guard unsafe SSL_CTX_set_ex_data(context, index, kept) == 1 else {
                unsafe kept.freeBox()
                return false
            }
            unsafe SSL_CTX_set_info_callback(context) { unsafe OpenSSLContextAttachment.follow($0, $1, $2) }
            unsafe SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), ourCallback)
            return true
        }

        /// The verify callback of an SSL, or where that is ours the one that the application has given the context.
        static func applicationCallback(of ssl: OpaquePointer) -> VerifyCallback? {
            let callback = unsafe SSL_get_verify_callback(ssl)
            return unsafe OpenSSLAttachment.areSame(callback, ourCallback) ? kept(ssl)?.pointee.nextVerify : callback
        }

        private init(
            _ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName?, _ next: InformationCallback?,
            _ nextVerify: VerifyCallback?
        ) {
            unsafe checker.retain()
            unsafe self.checker = checker
            unsafe self.host = host
            unsafe self.next = next
            unsafe self.nextVerify = nextVerify
        }

        deinit { unsafe checker.release() }

        /// Told of each step of a connection: a client's SSL is attached where its handshake starts, and checked where
        /// it is done, resumed or not. One that is refused then takes and gives no byte more.
        private static func follow(_ ssl: OpaquePointer?, _ step: Int32, _ value: Int32) {
            guard let ssl = unsafe ssl, let kept = unsafe kept(ssl) else { return }
            if unsafe SSL_is_server(ssl) == 0 {
                if step == SSL_CB_HANDSHAKE_START { unsafe kept.pointee.start(ssl) }
                if step == SSL_CB_HANDSHAKE_DONE, unsafe !kept.pointee.allows(ssl) { unsafe copenssl_end(ssl) }
            } else if step == SSL_CB_HANDSHAKE_START {
                unsafe kept.pointee.leave(ssl)
            }
            unsafe kept.pointee.next?(ssl, step, value)
        }

        private static var ourCallback: VerifyCallback { { unsafe OpenSSLContextAttachment.verify($0, $1) } }

        /// Runs where nothing was attached when the handshake started: the application has replaced the callback that
        /// tells of it. A client's SSL is attached now, so that it is refused in this handshake.
        private static func verify(_ isFine: Int32, _ context: OpaquePointer?) -> Int32 {
            guard let context = unsafe context, let ssl = unsafe copenssl_verified_ssl(context),
                let kept = unsafe kept(ssl)
            else {
                // An SSL that has been given another context in its handshake.
                if isFine == 1, let context = unsafe context {
                    unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION)
                }
                return 0
            }
            let isAsked = unsafe OpenSSLAttachment.isAsking(ssl)
            guard unsafe SSL_is_server(ssl) == 0, unsafe SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER != 0, !isAsked
            else {
                let next = unsafe kept.pointee.nextVerify ?? OpenSSLAttachment.storesCallback(context)
                return unsafe next?(isFine, context) ?? isFine
            }
            if unsafe !OpenSSLAttachment.isAttached(ssl) { unsafe kept.pointee.attach(ssl) }
            return unsafe OpenSSLAttachment.verify(isFine, context)
        }

        private static func kept(_ ssl: OpaquePointer) -> UnsafeMutablePointer<OpenSSLContextAttachment>? {
            let index = contextIndexNumber.load(ordering: .acquiring)
            guard index >= 0 else { return nil }
            return unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index)?
                .assumingMemoryBound(to: OpenSSLContextAttachment.self)
        }

        /// The checker and the host that the context of an SSL has it checked for; the host is nil where none is known.
        /// Nil for a context that nothing is attached to.
        static func demand(of ssl: OpaquePointer) -> (checker: UnsafeMutablePointer<CheckerBox>, host: HostName?)? {
            guard let kept = unsafe kept(ssl) else { return nil }
            return unsafe (kept.pointee.checker, kept.pointee.host(of: ssl))
        }

        /// A server's SSL verifies as the application has it, whatever context it is given later.
        private func leave(_ ssl: OpaquePointer) {
            guard unsafe OpenSSLAttachment.areSame(SSL_get_verify_callback(ssl), Self.ourCallback) else { return }
            unsafe SSL_set_verify(ssl, SSL_get_verify_mode(ssl), nextVerify)
        }

        private func start(_ ssl: OpaquePointer) {
            if unsafe OpenSSLConnection.canBeAttached(ssl) { unsafe attach(ssl) }
        }

        private func attach(_ ssl: OpaquePointer) {
            if let host = unsafe host(of: ssl) {
                _ = unsafe OpenSSLAttachment.attach(ssl, Attachment(checker, host), isByContext: true)
            } else {
                unsafe OpenSSLAttachment.refuse(ssl)
            }
        }

        private func allows(_ ssl: OpaquePointer) -> Bool {
            guard let host = unsafe host(of: ssl) else { return false }
            return unsafe checker.verdict(host: host.span, ssl).decision == PINVERDICT_ALLOW
        }

        /// Where an SSL may be any of several hosts, there is none that could be meant.
        private func host(of ssl: OpaquePointer) -> HostName? {
            if let host = unsafe host { return host }
            guard let parameters = unsafe SSL_get0_param(ssl) else { return nil }
            if let name = unsafe X509_VERIFY_PARAM_get0_host(parameters, 0) {
                guard unsafe X509_VERIFY_PARAM_get0_host(parameters, 1) == nil else { return nil }
                return unsafe try? required(hostName: name)
            }
            guard let address = unsafe X509_VERIFY_PARAM_get1_ip_asc(parameters) else { return nil }
            defer { unsafe copenssl_free(address) }
            return unsafe try? required(hostName: address)
        }

        private static func contextIndex() -> Int32? {
            openSSLIndex(contextIndexNumber) {
                unsafe CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil) { _, data, _, _, _, _ in
                    unsafe data?.assumingMemoryBound(to: OpenSSLContextAttachment.self).freeBox()
                }
            }
        }
    }

    private let contextIndexNumber = Atomic<Int32>(-1)
#endif
