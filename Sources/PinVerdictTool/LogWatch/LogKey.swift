// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

#if OpenSSL
    import COpenSSL
#endif

/// The public key of a log.
struct LogKey: Sendable {
    private let encoded: [UInt8]
    /// SHA-256 of the SubjectPublicKeyInfo.
    let id: Digest
    /// The number of the signature's algorithm in TLS 1.2 (RFC 5246, section 7.4.1.4.1).
    private let algorithm: UInt8

    private static let sha256: UInt8 = 4
    private static let rsa: UInt8 = 1
    private static let ecdsa: UInt8 = 3

    /// - Parameter encoded: The SubjectPublicKeyInfo in DER. Nil where it is none of a log: P-256, or RSA of 2,048 bits
    ///   or more (RFC 6962, section 2.1.4).
    init?(_ encoded: [UInt8]) {
        self.encoded = encoded
        id = MerkleHash.sha256(encoded)
        #if OpenSSL
            defer { ERR_clear_error() }
            guard let key = unsafe LogKey.parsed(encoded) else { return nil }
            defer { unsafe EVP_PKEY_free(key) }
            switch unsafe (EVP_PKEY_get_base_id(key), EVP_PKEY_get_bits(key)) {
            case (EVP_PKEY_EC, 256) where encoded.count == 91: algorithm = LogKey.ecdsa
            case (EVP_PKEY_RSA, 2048...): algorithm = LogKey.rsa
            default: return nil
            }
        #else
            return nil
        #endif
    }

    /// Whether a `digitally-signed` of TLS 1.2 is this key's, of these bytes.
    func hasSigned(_ message: [UInt8], _ signed: ArraySlice<UInt8>) -> Bool {
        var cursor = ByteCursor(signed)
        guard cursor.take(2)?.elementsEqual([LogKey.sha256, algorithm]) == true,
            let signature = cursor.vector(lengthOctets: 2), cursor.isAtEnd
        else { return false }
        return isSignature(Array(signature), of: message)
    }

    private func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        #if OpenSSL
            defer { ERR_clear_error() }
            guard let key = unsafe LogKey.parsed(encoded) else { return false }
            defer { unsafe EVP_PKEY_free(key) }
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            return unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1
                && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        #else
            return false
        #endif
    }

    #if OpenSSL
        @unsafe
        private static func parsed(_ encoded: [UInt8]) -> OpaquePointer? {
            unsafe encoded.withUnsafeBufferPointer { bytes in
                var start = bytes.baseAddress
                guard let key = unsafe d2i_PUBKEY(nil, &start, bytes.count) else { return nil }
                // A key with something behind it has another id.
                guard unsafe start == bytes.baseAddress.map({ unsafe $0 + bytes.count }) else {
                    unsafe EVP_PKEY_free(key)
                    return nil
                }
                return unsafe key
            }
        }
    #endif
}
