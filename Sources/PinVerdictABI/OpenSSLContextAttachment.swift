// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BackendSupport
    import COpenSSL
    import CPinVerdict
    import OpenSSLBackend
    import PinVerdict
    import Synchronization

    /// What an SSL_CTX keeps that a checker is attached to.
    @unsafe
    struct OpenSSLContextAttachment: ~Copyable {
        private let checker: UnsafeMutablePointer<CheckerBox>
        /// Nil for the name that each SSL is told to look for.
        private let host: HostName?
        /// The application's own callback.
        private let next: InformationCallback?

        typealias InformationCallback = @convention(c) (OpaquePointer?, Int32, Int32) -> Void

        /// Attaches to a context. False where that is attached already, and where there is no memory.
        static func attach(
            _ context: OpaquePointer, _ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName?
        ) -> Bool {
            guard let index = unsafe contextIndex(), unsafe SSL_CTX_get_ex_data(context, index) == nil,
                let kept = unsafe try? UnsafeMutablePointer.box(
                    OpenSSLContextAttachment(checker, host, SSL_CTX_get_info_callback(context)))
            else { return false }
            guard unsafe SSL_CTX_set_ex_data(context, index, kept) == 1 else {
                unsafe kept.freeBox()
                return false
            }
            unsafe SSL_CTX_set_info_callback(context) { unsafe OpenSSLContextAttachment.follow($0, $1, $2) }
            return true
        }

        private init(
            _ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName?, _ next: InformationCallback?
        ) {
            unsafe checker.retain()
            unsafe self.checker = checker
            unsafe self.host = host
            unsafe self.next = next
        }

        deinit { unsafe checker.release() }

        /// Told of each step of a connection: a client's SSL is attached where its handshake starts, and checked where
        /// it is done, resumed or not. One that is refused then takes and gives no byte more.
        private static func follow(_ ssl: OpaquePointer?, _ step: Int32, _ value: Int32) {
            let index = contextIndexNumber.load(ordering: .acquiring)
            guard let ssl = unsafe ssl, index >= 0,
                let data = unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index)
            else { return }
            let kept = unsafe data.assumingMemoryBound(to: OpenSSLContextAttachment.self)
            if unsafe SSL_is_server(ssl) == 0 {
                if step == SSL_CB_HANDSHAKE_START { unsafe kept.pointee.start(ssl) }
                if step == SSL_CB_HANDSHAKE_DONE, unsafe !kept.pointee.allows(ssl) { unsafe copenssl_end(ssl) }
            }
            unsafe kept.pointee.next?(ssl, step, value)
        }

        private func start(_ ssl: OpaquePointer) {
            guard unsafe OpenSSLConnection.canBeAttached(ssl) else { return }
            if let host = unsafe host(of: ssl) {
                _ = unsafe OpenSSLAttachment.attach(ssl, Attachment(checker, host))
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
