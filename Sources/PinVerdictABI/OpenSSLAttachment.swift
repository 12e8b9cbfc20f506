// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BackendSupport
    import COpenSSL
    import CPinVerdict
    import OpenSSLBackend
    import PinVerdictCore
    import Synchronization

    /// What an SSL keeps that a checker is attached to, and the copy that SSL_dup makes of it.
    @unsafe
    struct OpenSSLAttachment: ~Copyable {
        /// Nil for a copy until it is attached too, and where no host is known: then nothing is allowed.
        private var attachment: Attachment?
        /// The application's own callback; nil for that of the trust store, if it has one.
        private var next: VerifyCallback?
        /// Where the application has set one in front of a copy's, which calls ours: the one that the copy has had.
        private var behind: VerifyCallback?
        /// It is the SSL_CTX that a checker is attached to: what is checked follows it.
        private var isByContext = false
        /// The application's callback is being asked.
        private var isAsking = false
        /// The client's random number of the handshake that the rest is about.
        private var handshake = InlineArray<32, UInt8>(repeating: 0)
        /// The application's callback has let an error pass.
        private var isOverridden = false
        /// OpenSSL has verified the path to the leaf, and the pins have allowed it.
        private var isAllowed = false

        typealias VerifyCallback = @convention(c) (Int32, OpaquePointer?) -> Int32
        typealias Kept = UnsafeMutablePointer<OpenSSLAttachment>

        /// Attaches to an SSL. False where that is attached already, where there is no memory, and where an SSL has our
        /// callback without what belongs to it.
        static func attach(_ ssl: OpaquePointer, _ attachment: consuming Attachment, isByContext: Bool = false) -> Bool
        {
            guard unsafe attach(ssl, checking: consume attachment) else { return false }
            unsafe kept(ssl)?.pointee.isByContext = isByContext
            return true
        }

        /// Has the handshakes of an SSL fail.
        static func refuse(_ ssl: OpaquePointer) { _ = unsafe attach(ssl, checking: nil) }

        private static func attach(_ ssl: OpaquePointer, checking attachment: consuming Attachment?) -> Bool {
            guard let index = unsafe sslIndex() else { return false }
            let callback = unsafe OpenSSLContextAttachment.applicationCallback(of: ssl)
            if let kept = unsafe kept(ssl) {
                guard unsafe kept.pointee.attachment == nil else { return false }
                if unsafe !isOurs(callback) {
                    unsafe kept.pointee.behind = callback == nil ? nil : kept.pointee.next
                    unsafe kept.pointee.next = callback
                }
                unsafe kept.pointee.attachment = consume attachment
            } else {
                guard unsafe !isOurs(callback),
                    let kept = unsafe try? UnsafeMutablePointer.box(
                        OpenSSLAttachment(attachment: attachment, next: callback))
                else { return false }
                guard unsafe SSL_set_ex_data(ssl, index, kept) == 1 else {
                    unsafe kept.freeBox()
                    return false
                }
            }
            unsafe SSL_set_verify(ssl, SSL_get_verify_mode(ssl), ourCallback)
            return true
        }

        /// Whose the result of an SSL's verification is.
        static func resultOwner(of ssl: OpaquePointer) -> OpenSSLConnection.ResultOwner {
            let callback = unsafe OpenSSLContextAttachment.applicationCallback(of: ssl)
            let store = unsafe copenssl_store_callback(copenssl_verify_store(ssl))
            guard unsafe isOurs(callback) else { return unsafe (callback ?? store) == nil ? .openSSL : .application }
            guard let kept = unsafe kept(ssl) else { return .nobody }
            if unsafe SSL_session_reused(ssl) != 0 {
                return unsafe (kept.pointee.next ?? foreign(store)) == nil ? .openSSL : .application
            }
            // Where the application's callback has had a say, we have seen that it changed nothing.
            return unsafe kept.pointee.isAllowed && kept.pointee.isAbout(ssl) ? .openSSL : .nobody
        }

        /// The verdict of the last check in the handshake that an attached SSL has made, or after it.
        static func lastVerdict(of ssl: OpaquePointer) -> pinverdict_verdict? {
            guard let kept = unsafe kept(ssl), unsafe kept.pointee.isAbout(ssl) else { return nil }
            return unsafe kept.pointee.attachment?.last
        }

        /// What has ended the handshake of an SSL, for who asks by the checker and the host that are attached.
        static func refusal(
            of ssl: OpaquePointer, _ checker: UnsafeMutablePointer<CheckerBox>, _ host: Span<UInt8>
        ) -> pinverdict_verdict? {
            guard let kept = unsafe kept(ssl), unsafe kept.pointee.attachment?.isOf(checker, host) == true,
                let verdict = unsafe lastVerdict(of: ssl), verdict.decision != PINVERDICT_ALLOW
            else { return nil }
            return verdict
        }

        /// Shows the path that has ended the handshake of an SSL.
        static func showRefused(of ssl: OpaquePointer, _ observer: PathObserver) {
            unsafe kept(ssl)?.pointee.attachment?.show(observer)
        }

        /// Keeps a verdict with the SSL, if that is attached.
        static func keep(_ verdict: pinverdict_verdict, of ssl: OpaquePointer) {
            guard let kept = unsafe kept(ssl) else { return }
            unsafe kept.pointee.begin(ssl)
            unsafe kept.pointee.attachment?.keep(verdict)
        }

        static func isAttached(_ ssl: OpaquePointer) -> Bool { unsafe kept(ssl) != nil }

        /// The application's callback is being asked, and may have called ours.
        static func isAsking(_ ssl: OpaquePointer) -> Bool { unsafe kept(ssl)?.pointee.isAsking == true }

        private init(attachment: consuming Attachment?, next: VerifyCallback?, behind: VerifyCallback? = nil) {
            unsafe self.attachment = attachment
            unsafe self.next = next
            unsafe self.behind = behind
        }

        private static func kept(_ ssl: OpaquePointer) -> Kept? {
            let index = sslIndexNumber.load(ordering: .acquiring)
            guard index >= 0 else { return nil }
            return unsafe SSL_get_ex_data(ssl, index)?.assumingMemoryBound(to: OpenSSLAttachment.self)
        }

        /// Set by attaching, and always the same pointer, by which it is known again.
        private static var ourCallback: VerifyCallback { { unsafe OpenSSLAttachment.verify($0, $1) } }

        private static func isOurs(_ callback: VerifyCallback?) -> Bool {
            unsafe areSame(callback, ourCallback)
        }

        static func areSame(_ callback: VerifyCallback?, _ other: VerifyCallback) -> Bool {
            guard let callback = unsafe callback else { return false }
            return unsafe unsafeBitCast(callback, to: UInt.self) == unsafeBitCast(other, to: UInt.self)
        }

        private static func foreign(_ callback: VerifyCallback?) -> VerifyCallback? {
            unsafe isOurs(callback) ? nil : callback
        }

        private func isAbout(_ ssl: OpaquePointer) -> Bool {
            unsafe withUnsafePointer(to: handshake) { unsafe copenssl_is_of_handshake(ssl, $0) }
        }

        /// Forgets what was seen of another handshake.
        private mutating func begin(_ ssl: OpaquePointer) {
            if unsafe isAbout(ssl) { return }
            unsafe withUnsafeMutablePointer(to: &handshake) { unsafe copenssl_note_handshake(ssl, $0) }
            unsafe isOverridden = false
            unsafe isAllowed = false
            unsafe attachment?.forgetVerdict()
        }

        /// Whether it is known what to check. An SSL that is used again, for another host, is the same to its context.
        private mutating func isToBeChecked(_ ssl: OpaquePointer) -> Bool {
            if unsafe isByContext, let demand = unsafe OpenSSLContextAttachment.demand(of: ssl) {
                guard let host = unsafe demand.host else { return false }
                if unsafe attachment?.isOf(demand.checker, host.span) != true {
                    unsafe attachment = Attachment(demand.checker, host)
                }
            }
            return unsafe attachment != nil
        }

        /// Runs at each step of OpenSSL's verification, that of a list of revoked certificates within it too: the
        /// application's callback first, and at the end of a good one the pins. OpenSSL has name constraints still to
        /// check then, so that a good answer here allows nothing yet.
        static func verify(_ isFine: Int32, _ context: OpaquePointer?) -> Int32 {
            guard let context = unsafe context, let ssl = unsafe copenssl_verified_ssl(context),
                let kept = unsafe kept(ssl), unsafe kept.pointee.isToBeChecked(ssl)
            else {
                if isFine == 1, let context = unsafe context {
                    unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION)
                }
                return 0
            }
            unsafe kept.pointee.begin(ssl)
            let result = unsafe kept.pointee.isAsking ? pass(isFine, context, kept) : ask(isFine, context, kept)
            let verification = unsafe OpenSSLVerification(context, memory: nil)
            if result == 0 {
                unsafe kept.pointee.isAllowed = false
                unsafe kept.pointee.refuse(verification)
            }
            // 2 tells of certificate policies, X509_V_FLAG_NOTIFY_POLICY.
            guard result != 0, isFine == 1, unsafe !kept.pointee.isAsking,
                unsafe X509_STORE_CTX_get0_parent_ctx(context) == nil,
                unsafe X509_STORE_CTX_get_error_depth(context) == 0
            else { return result }
            if unsafe kept.pointee.isOverridden {
                unsafe kept.pointee.refuse(verification)
            } else {
                unsafe kept.pointee.isAllowed = kept.pointee.attachment?.allows(context) == true
            }
            if unsafe kept.pointee.isAllowed { return 1 }
            unsafe X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION)
            return 0
        }

        /// Keeps why a verification ends here.
        private mutating func refuse(_ verification: OpenSSLVerification) {
            let refusal = unsafe verification.refusal(isOverridden: isOverridden)
            unsafe attachment?.keep(refusal, verification.words(for: refusal.finding))
        }

        /// Asks the application's callback: the SSL's, or without one the store's, which OpenSSL would call without us.
        private static func ask(_ isFine: Int32, _ context: OpaquePointer, _ kept: Kept) -> Int32 {
            let next = unsafe kept.pointee.next ?? storesCallback(context)
            guard let next = unsafe next else { return isFine }
            unsafe kept.pointee.isAsking = true
            let result = unsafe next(isFine, context)
            unsafe kept.pointee.isAsking = false
            if isFine == 0, result != 0 { unsafe kept.pointee.isOverridden = true }
            return result
        }

        /// The application's callback has called ours: what was behind ours answers.
        private static func pass(_ isFine: Int32, _ context: OpaquePointer, _ kept: Kept) -> Int32 {
            let behind = unsafe kept.pointee.behind ?? storesCallback(context)
            return unsafe behind?(isFine, context) ?? isFine
        }

        static func storesCallback(_ context: OpaquePointer) -> VerifyCallback? {
            unsafe foreign(copenssl_store_callback(X509_STORE_CTX_get0_store(context)))
        }

        private static func sslIndex() -> Int32? {
            openSSLIndex(sslIndexNumber) {
                unsafe CRYPTO_get_ex_new_index(
                    CRYPTO_EX_INDEX_SSL, 0, nil, nil,
                    { _, _, data, _, _, _ in
                        // SSL_dup: the copy has our callback. It is not attached, and keeps the application's.
                        guard let data = unsafe data, let memory = unsafe data.pointee else { return 1 }
                        let original = unsafe memory.assumingMemoryBound(to: OpenSSLAttachment.self)
                        let copy = unsafe try? UnsafeMutablePointer.box(
                            OpenSSLAttachment(
                                attachment: nil, next: original.pointee.next, behind: original.pointee.behind))
                        unsafe data.pointee = UnsafeMutableRawPointer(copy)
                        return unsafe copy == nil ? 0 : 1
                    },
                    { _, data, _, _, _, _ in
                        unsafe data?.assumingMemoryBound(to: OpenSSLAttachment.self).freeBox()
                    })
            }
        }
    }

    extension Attachment {
        /// Whether the pins allow the path of a verification that is under way.
        @unsafe
        mutating func allows(_ context: OpaquePointer) -> Bool {
            let checker = unsafe checker
            return unsafe withUnsafePointer(to: checker.pointee.openSSLMemory) { memory in
                unsafe verdict(OpenSSLVerification(context, memory: memory)).decision == PINVERDICT_ALLOW
            }
        }
    }

    private let sslIndexNumber = Atomic<Int32>(-1)
#endif
