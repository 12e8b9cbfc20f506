// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL
    import CPinVerdict
    import CPinVerdictOpenSSL
    import OpenSSLBackend
    import PinVerdict
    import Synchronization

    @c @implementation
    public func pinverdict_openssl_check(
        _ checker: OpaquePointer!, _ ssl: OpaquePointer!, _ host: UnsafePointer<CChar>!,
        _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
    ) -> pinverdict_decision {
        unsafe decide(verdict, checker, host) { checker, host, output throws(Refusal) in
            guard let ssl = unsafe ssl else { throw .invalidArgument }
            // An attached SSL whose application let an error pass has had its verification switched off.
            if let attachment = unsafe attachment(of: ssl), unsafe attachment.pointee.isOverridden {
                throw .noValidatedPath
            }
            // Where the SSL has ours, the store's has had its say by it.
            let foreign =
                unsafe SSL_get_verify_callback(ssl) == nil
                ? copenssl_store_callback(copenssl_verify_store(ssl)) : foreignCallback(of: ssl)
            let connection = unsafe OpenSSLConnection(ssl, isResultForeign: foreign != nil)
            return unsafe checker.pointee.check(host: host, connection, output)
        }
    }

    @c @implementation
    public func pinverdict_openssl_attach(
        _ ssl: OpaquePointer!, _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!
    ) -> Int32 {
        guard let ssl = unsafe ssl, let checker = unsafe try? CheckerBox.required(checker),
            let name = unsafe try? required(hostName: host),
            unsafe OpenSSLConnection(ssl).canBeAttached,
            let index = sslIndex(), unsafe SSL_get_ex_data(ssl, index) == nil,
            // The copy that SSL_dup makes of an attached SSL has our callback already, and nothing kept with it.
            let attachment = unsafe try? UnsafeMutablePointer.box(
                OpenSSLAttachment(attachment: Attachment(checker, name), next: foreignCallback(of: ssl)))
        else { return 0 }
        guard unsafe SSL_set_ex_data(ssl, index, attachment) == 1 else {
            unsafe attachment.freeBox()
            return 0
        }
        unsafe SSL_set_verify(ssl, SSL_get_verify_mode(ssl), ourCallback)
        return 1
    }

    /// Set by attaching, and always the same pointer, by which it is known again.
    private var ourCallback: VerifyCallback { { unsafe verify($0, $1) } }

    /// The application's verify callback.
    @unsafe
    private func foreignCallback(of ssl: OpaquePointer) -> VerifyCallback? {
        guard let callback = unsafe SSL_get_verify_callback(ssl) else { return nil }
        let isOurs = unsafe unsafeBitCast(callback, to: UInt.self) == unsafeBitCast(ourCallback, to: UInt.self)
        return unsafe isOurs ? nil : callback
    }

    typealias VerifyCallback = @convention(c) (Int32, OpaquePointer?) -> Int32

    /// What an attached SSL keeps.
    @unsafe
    private struct OpenSSLAttachment: ~Copyable {
        let attachment: Attachment
        /// The application's own callback; nil for that of the trust store, if it has one.
        let next: VerifyCallback?
        /// That callback has let an error pass.
        var isOverridden = false
    }

    @unsafe
    private func attachment(of ssl: OpaquePointer) -> UnsafeMutablePointer<OpenSSLAttachment>? {
        let index = registeredIndex.load(ordering: .acquiring)
        guard index >= 0 else { return nil }
        return unsafe SSL_get_ex_data(ssl, index)?.assumingMemoryBound(to: OpenSSLAttachment.self)
    }

    /// Runs at each step of OpenSSL's verification: the application's callback first, and at the end of a good one
    /// the pins. OpenSSL has name constraints still to check then, so that a good answer here allows nothing yet.
    @unsafe
    private func verify(_ isFine: Int32, _ context: OpaquePointer?) -> Int32 {
        guard let context = unsafe context,
            let ssl = unsafe X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let attachment = unsafe attachment(of: OpaquePointer(ssl))
        else { return 0 }
        // Without ours OpenSSL would call the store's.
        let next =
            unsafe attachment.pointee.next
            ?? copenssl_store_callback(X509_STORE_CTX_get0_store(context))
        var result = isFine
        if let next = unsafe next {
            result = unsafe next(isFine, context)
            if isFine == 0, result != 0 { unsafe attachment.pointee.isOverridden = true }
        }
        // 2 tells of certificate policies, X509_V_FLAG_NOTIFY_POLICY.
        guard result != 0, isFine == 1, unsafe X509_STORE_CTX_get_error_depth(context) == 0 else { return result }
        if unsafe !attachment.pointee.isOverridden,
            unsafe attachment.pointee.attachment.allows(OpenSSLVerification(context))
        {
            return 1
        }
        unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION)
        return 0
    }

    /// Where an SSL keeps its attachment; -1 until the first attach. OpenSSL never gives an index back, so that two
    /// threads that both attach first leave one index unused.
    private let registeredIndex = Atomic<Int32>(-1)

    private func sslIndex() -> Int32? {
        let registered = registeredIndex.load(ordering: .acquiring)
        if registered >= 0 { return registered }
        let index = unsafe CRYPTO_get_ex_new_index(
            CRYPTO_EX_INDEX_SSL, 0, nil, nil,
            { _, _, data, _, _, _ in
                // SSL_dup: the copy is not attached.
                unsafe data?.pointee = nil
                return 1
            },
            { _, data, _, _, _, _ in
                unsafe data?.assumingMemoryBound(to: OpenSSLAttachment.self).freeBox()
            })
        guard index >= 0 else { return nil }
        let exchanged = registeredIndex.compareExchange(
            expected: -1, desired: index, ordering: .acquiringAndReleasing)
        return exchanged.exchanged ? index : exchanged.original
    }
#endif
