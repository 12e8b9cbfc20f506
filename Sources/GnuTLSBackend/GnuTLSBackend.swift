// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// GnuTLS 3.7.
public struct GnuTLSBackend: TLSLibrary {
    public static var name: BackendName { .gnutls }

    public init() {}

    @unsafe
    public func loadAnchors(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) -> GnuTLSTrustStore {
        try unsafe GnuTLSTrustStore(file: file)
    }

    @_optimize(speed)
    public func sha256(_ bytes: Span<UInt8>) -> Digest? {
        var words = InlineArray<4, UInt64>(repeating: 0)
        let status = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe withUnsafeMutableBytes(of: &words) { output in
                unsafe gnutls_hash_fast(GNUTLS_DIG_SHA256, input.baseAddress, input.count, output.baseAddress)
            }
        }
        return status == GNUTLS_E_SUCCESS ? Digest(words: words) : nil
    }

    public func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? {
        guard UInt32(exactly: message.count) != nil else { return nil }
        var imported: gnutls_pubkey_t?
        guard unsafe gnutls_pubkey_init(&imported) == GNUTLS_E_SUCCESS else { return nil }
        defer { unsafe gnutls_pubkey_deinit(imported) }
        let status = unsafe withDatum(key) { key in
            unsafe gnutls_pubkey_import_ecc_raw(imported, GNUTLS_ECC_CURVE_ED25519, key, nil)
        }
        guard status == GNUTLS_E_SUCCESS else { return nil }
        let answer = unsafe withDatum(message) { message in
            unsafe withDatum(signature) { signature in
                unsafe gnutls_pubkey_verify_data2(imported, GNUTLS_SIGN_EDDSA_ED25519, 0, message, signature)
            }
        }
        return answer == GNUTLS_E_MEMORY_ERROR ? nil : answer >= 0
    }

    public func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? {
        var context: gnutls_hash_hd_t?
        guard unsafe gnutls_hash_init(&context, GNUTLS_DIG_SHA256) == GNUTLS_E_SUCCESS, let context = unsafe context
        else { return nil }
        var isHashed = true
        body { piece in
            unsafe piece.withUnsafeBufferPointer { input in
                guard let start = input.baseAddress, input.count > 0 else { return }
                if unsafe gnutls_hash(context, start, input.count) != GNUTLS_E_SUCCESS { isHashed = false }
            }
        }
        var words = InlineArray<4, UInt64>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &words) { unsafe gnutls_hash_deinit(context, $0.baseAddress) }
        return isHashed ? Digest(words: words) : nil
    }

    public func isKey(_ info: Span<UInt8>) -> Bool? {
        unsafe withKey(info) { unsafe gnutls_pubkey_verify_params($0) == GNUTLS_E_SUCCESS }
    }

    @inline(never)
    public func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool {
        unsafe withKey(info) { key in
            digest.withSpan { digest in
                unsafe withDatum(digest) { digest in
                    unsafe withDatum(signature) { signature in
                        unsafe gnutls_pubkey_verify_hash2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, digest, signature) >= 0
                    }
                }
            }
        } ?? false
    }

    /// Lends an imported key, or nil for what is none; nil where there is no memory.
    private func withKey(_ info: Span<UInt8>, _ body: (gnutls_pubkey_t?) -> Bool) -> Bool? {
        var key: gnutls_pubkey_t?
        guard unsafe gnutls_pubkey_init(&key) == GNUTLS_E_SUCCESS else { return nil }
        defer { unsafe gnutls_pubkey_deinit(key) }
        let status = unsafe withDatum(info) { unsafe gnutls_pubkey_import(key, $0, GNUTLS_X509_FMT_DER) }
        guard status == GNUTLS_E_SUCCESS else { return status == GNUTLS_E_MEMORY_ERROR ? nil : false }
        return unsafe body(key)
    }

    /// Less than 4 GiB, as GnuTLS takes them.
    private func withDatum<Result>(_ bytes: Span<UInt8>, _ body: (UnsafePointer<gnutls_datum_t>) -> Result) -> Result {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            var datum = unsafe gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: UInt32(truncatingIfNeeded: bytes.count))
            return unsafe body(&datum)
        }
    }

    /// GnuTLS has no call that gives the key as encoded: it imports the certificate, and the key is taken out of
    /// the bytes that gnutls_x509_crt_export2 returns. Where GnuTLS encodes the key's type in one way only, its
    /// own key id has to agree.
    public func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        guard let size = UInt32(exactly: certificate.count) else { return nil }
        var imported: gnutls_x509_crt_t?
        guard unsafe gnutls_x509_crt_init(&imported) == GNUTLS_E_SUCCESS else { return nil }
        defer { unsafe gnutls_x509_crt_deinit(imported) }
        let status = unsafe certificate.withUnsafeBufferPointer { encoded in
            var datum = unsafe gnutls_datum_t(data: UnsafeMutablePointer(mutating: encoded.baseAddress), size: size)
            return unsafe gnutls_x509_crt_import(imported, &datum, GNUTLS_X509_FMT_DER)
        }
        guard status == GNUTLS_E_SUCCESS else { return nil }
        var exported = unsafe gnutls_datum_t()
        guard unsafe gnutls_x509_crt_export2(imported, GNUTLS_X509_FMT_DER, &exported) == GNUTLS_E_SUCCESS else {
            return nil
        }
        defer { unsafe cgnutls_free(exported.data) }
        guard let data = unsafe exported.data else { return nil }
        let bytes = unsafe Span(_unsafeStart: UnsafePointer(data), count: Int(exported.size))
        guard let read = try? Certificate(bytes) else { return nil }
        let info = read.subjectPublicKeyInfo
        if encodesExactly(info), unsafe keyID(of: imported) != sha256(info) { return nil }
        return body(info)
    }

    /// Whether the key has one encoding, which GnuTLS gives it too: named curves with uncompressed points, and
    /// the Edwards curves.
    private func encodesExactly(_ encoded: Span<UInt8>) -> Bool {
        guard let info = try? SubjectPublicKeyInfo(encoded) else { return false }
        switch info.keyAlgorithm {
        case .p256, .p384, .p521: return info.key.count > 0 && info.key[0] == 4
        case .ed25519, .ed448: return true
        case .rsa, .other: return false
        }
    }

    /// GnuTLS's key id: SHA-256 of the SubjectPublicKeyInfo as GnuTLS encodes it.
    private func keyID(of certificate: gnutls_x509_crt_t?) -> Digest? {
        var words = InlineArray<4, UInt64>(repeating: 0)
        var size = MemoryLayout.size(ofValue: words)
        let status = unsafe withUnsafeMutableBytes(of: &words) { output in
            unsafe gnutls_x509_crt_get_key_id(
                certificate, UInt32(GNUTLS_KEYID_USE_SHA256.rawValue),
                output.baseAddress?.assumingMemoryBound(to: UInt8.self), &size)
        }
        return status == GNUTLS_E_SUCCESS && size == 32 ? Digest(words: words) : nil
    }

    /// As GnuTLS compares the names of certificates that were sent: by their text, whatever types of strings it is in.
    public func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        // GnuTLS takes the square of a Name's parts to write it. An empty one (30 00) has no text, and is itself alone.
        guard max(one.count, other.count) <= ImportedChain.maximumNameSize, min(one.count, other.count) > 2
        else { return false }
        guard let text = digestOfText(ofName: one) else { return false }
        return digestOfText(ofName: other) == text
    }

    @inline(never)
    private func digestOfText(ofName encoded: Span<UInt8>) -> Digest? {
        withText(ofName: encoded) { sha256($0) } ?? nil
    }
}
