// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL

    /// What an SSL's server has sent, and the path that OpenSSL has made of it, whether or not that is good. OpenSSL
    /// does its own verification, between the two looks at it.
    final class ChainRecord {
        private(set) var sent: [[UInt8]] = []
        private(set) var path: [[UInt8]] = []

        /// Has OpenSSL verify in the handshakes of a context as ever, for SSLs that have a record.
        static func record(in context: OpaquePointer) {
            unsafe SSL_CTX_set_cert_verify_callback(
                context,
                { verification, _ in
                    guard let verification = unsafe verification else { return 0 }
                    let record = unsafe ChainRecord.of(copenssl_verified_ssl(verification))
                    record?.sent = unsafe ChainRecord.certificates(X509_STORE_CTX_get0_untrusted(verification))
                    let result = unsafe X509_verify_cert(verification)
                    record?.path = unsafe ChainRecord.certificates(X509_STORE_CTX_get0_chain(verification))
                    return result
                }, nil)
        }

        /// Keeps what is verified for an SSL. The record has to outlive it.
        func keep(with ssl: OpaquePointer) {
            unsafe SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        }

        private static func of(_ ssl: OpaquePointer?) -> ChainRecord? {
            guard let ssl = unsafe ssl, let record = unsafe SSL_get_ex_data(ssl, 0) else { return nil }
            return unsafe Unmanaged<ChainRecord>.fromOpaque(record).takeUnretainedValue()
        }

        private static func certificates(_ stack: OpaquePointer?) -> [[UInt8]] {
            unsafe (0..<copenssl_stack_count(stack)).map { index in
                var bytes: UnsafeMutablePointer<UInt8>?
                let count = unsafe i2d_X509(copenssl_stack_at(stack, index), &bytes)
                defer { unsafe copenssl_free(bytes) }
                return unsafe Array(UnsafeBufferPointer(start: bytes, count: max(0, Int(count))))
            }
        }
    }
#endif
