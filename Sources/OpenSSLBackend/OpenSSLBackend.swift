// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdictCore

/// OpenSSL 3.
public struct OpenSSLBackend: TLSLibrary {
    public static var name: BackendName { .openssl }

    public init() {}

    @unsafe
    public func loadAnchors(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) -> OpenSSLTrustStore {
        try unsafe OpenSSLTrustStore(file: file)
    }

    #if FIPS
        /// Through EVP, so that the FIPS provider hashes: an allocation in each call.
        @_optimize(speed)
        public func sha256(_ bytes: Span<UInt8>) -> Digest? {
            var words = InlineArray<4, UInt64>(repeating: 0)
            let isHashed = unsafe bytes.withUnsafeBufferPointer { input in
                unsafe withUnsafeMutableBytes(of: &words) { output in
                    unsafe EVP_Digest(
                        input.baseAddress, input.count, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                        EVP_sha256(), nil) == 1
                }
            }
            return isHashed ? Digest(words: words) : nil
        }
    #else
        /// By the calls that neither fetch an algorithm nor allocate. They are outside the FIPS provider.
        @_optimize(speed)
        public func sha256(_ bytes: Span<UInt8>) -> Digest? {
            var words = InlineArray<4, UInt64>(repeating: 0)
            var context = SHA256_CTX()
            let isHashed = unsafe bytes.withUnsafeBufferPointer { input in
                unsafe withUnsafeMutableBytes(of: &words) { output in
                    unsafe SHA256_Init(&context) == 1
                        && SHA256_Update(&context, input.baseAddress, input.count) == 1
                        && SHA256_Final(output.baseAddress?.assumingMemoryBound(to: UInt8.self), &context) == 1
                }
            }
            return isHashed ? Digest(words: words) : nil
        }
    #endif

    public func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var isHashed = unsafe context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        guard isHashed else { return nil }
        body { piece in
            unsafe piece.withUnsafeBufferPointer { input in
                if unsafe EVP_DigestUpdate(context, input.baseAddress, input.count) != 1 { isHashed = false }
            }
        }
        var words = InlineArray<4, UInt64>(repeating: 0)
        return unsafe withUnsafeMutableBytes(of: &words) { output in
            unsafe EVP_DigestFinal_ex(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
        } && isHashed ? Digest(words: words) : nil
    }

    public func isKey(_ info: Span<UInt8>) -> Bool? {
        ERR_set_mark()
        defer { _ = ERR_pop_to_mark() }
        let key = unsafe key(info)
        unsafe EVP_PKEY_free(key)
        return unsafe key != nil ? true : copenssl_is_out_of_memory() ? nil : false
    }

    @inline(never)
    public func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool {
        ERR_set_mark()
        defer { _ = ERR_pop_to_mark() }
        let key = unsafe key(info)
        defer { unsafe EVP_PKEY_free(key) }
        let context = unsafe EVP_PKEY_CTX_new(key, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe context != nil, unsafe EVP_PKEY_verify_init(context) == 1 else { return false }
        return digest.withSpan { digest in
            unsafe digest.withUnsafeBufferPointer { digest in
                unsafe signature.withUnsafeBufferPointer { signature in
                    unsafe EVP_PKEY_verify(
                        context, signature.baseAddress, signature.count, digest.baseAddress, digest.count) == 1
                }
            }
        }
    }

    /// Nil for what is no key, a point outside the curve among them.
    private func key(_ info: Span<UInt8>) -> OpaquePointer? {
        unsafe info.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_PUBKEY(nil, &position, bytes.count)
        }
    }

    /// Without memory for its own hash, OpenSSL 3.0 says no more than of a bad signature. So that is believed when it
    /// has been said twice.
    public func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? {
        guard let isSigned = verifies(signature, of: message, by: key) else { return nil }
        return isSigned ? true : verifies(signature, of: message, by: key)
    }

    @inline(never)
    private func verifies(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? {
        ERR_set_mark()
        defer { _ = ERR_pop_to_mark() }
        let imported = unsafe key.withUnsafeBufferPointer { bytes in
            unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes.baseAddress, bytes.count)
        }
        defer { unsafe EVP_PKEY_free(imported) }
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe imported != nil, unsafe context != nil,
            unsafe EVP_DigestVerifyInit(context, nil, nil, nil, imported) == 1
        else { return nil }
        let errorBefore = ERR_peek_last_error()
        let isSigned = unsafe signature.withUnsafeBufferPointer { signature in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe EVP_DigestVerify(
                    context, signature.baseAddress, signature.count, message.baseAddress, message.count) == 1
            }
        }
        // A signature that is bad leaves no error; what else went wrong, such as memory, says nothing of it.
        return isSigned || ERR_peek_last_error() == errorBefore ? isSigned : nil
    }

    /// d2i_X509, then i2d_X509_PUBKEY, which passes on the key as it was read, unless that was BER: then it is
    /// encoded anew, stands nowhere in the certificate, and is not passed on.
    public func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        unsafe certificate.withUnsafeBufferPointer { encoded in
            var position = encoded.baseAddress
            ERR_set_mark()
            defer { _ = ERR_pop_to_mark() }
            guard let parsed = unsafe d2i_X509(nil, &position, encoded.count) else { return nil }
            defer { unsafe X509_free(parsed) }
            guard let start = encoded.baseAddress, unsafe position == start + encoded.count else { return nil }
            var output: UnsafeMutablePointer<UInt8>?
            let size = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed), &output)
            guard size > 0, let key = unsafe output else { return nil }
            defer { unsafe copenssl_free(key) }
            guard unsafe copenssl_contains(start, encoded.count, key, Int(size)) else { return nil }
            return unsafe body(Span(_unsafeStart: key, count: Int(size)))
        }
    }

    /// As OpenSSL compares names: without regard to case, spaces and the types of strings.
    public func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        ERR_set_mark()
        defer { _ = ERR_pop_to_mark() }
        let name = unsafe name(one)
        defer { unsafe X509_NAME_free(name) }
        let otherName = unsafe self.name(other)
        defer { unsafe X509_NAME_free(otherName) }
        return unsafe name != nil && otherName != nil && X509_NAME_cmp(name, otherName) == 0
    }

    private func name(_ encoded: Span<UInt8>) -> OpaquePointer? {
        unsafe encoded.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_X509_NAME(nil, &position, bytes.count)
        }
    }
}
