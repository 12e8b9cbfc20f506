// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import COpenSSL

    /// Reads what holds a key, or wraps certificates, by OpenSSL.
    struct KeyDecoder {
        private let passphrases: PassphraseSource

        init(_ passphrases: PassphraseSource) { self.passphrases = passphrases }

        /// The SubjectPublicKeyInfo in DER. A public key's stands in the file, and is taken as it is; that of a private
        /// key is the one that OpenSSL puts into requests and certificates made for it.
        func subjectPublicKeyInfo(of content: EncodedContent) throws(Failure) -> [UInt8] {
            ERR_clear_error()
            defer { ERR_clear_error() }
            switch content.kind {
            case .publicKey where isSubjectPublicKeyInfo(content.bytes): return content.bytes
            case .request: return try keyOfRequest(content)
            default: return try decodedKey(content)
            }
        }

        /// A bare RSA key has numbers where a SubjectPublicKeyInfo has its algorithm.
        private func isSubjectPublicKeyInfo(_ bytes: [UInt8]) -> Bool {
            DERElement(bytes[...])?.parts.first?.tag == DERElement.sequence
        }

        private func keyOfRequest(_ content: EncodedContent) throws(Failure) -> [UInt8] {
            let request = unsafe content.bytes.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                return unsafe d2i_X509_REQ(nil, &position, bytes.count)
            }
            guard let request = unsafe request else { throw unreadable(content) }
            defer { unsafe X509_REQ_free(request) }
            guard let key = unsafe X509_REQ_get0_pubkey(request), unsafe X509_REQ_verify(request, key) == 1 else {
                throw Failure("\(content.place): the request is not signed by the key in it")
            }
            let info = unsafe X509_REQ_get_X509_PUBKEY(request)
            guard let encoded = unsafe encoded({ output in unsafe i2d_X509_PUBKEY(info, output) }) else {
                throw unreadable(content)
            }
            return encoded
        }

        private func decodedKey(_ content: EncodedContent) throws(Failure) -> [UInt8] {
            var key: OpaquePointer?
            let form = content.isPEM ? "PEM" : "DER"
            // A public key that comes here is a bare RSA key, which OpenSSL only looks for when it is told.
            let isBare = content.kind == .publicKey
            let context = unsafe OSSL_DECODER_CTX_new_for_pkey(
                &key, form, isBare ? "type-specific" : nil, isBare ? "RSA" : nil,
                isBare ? OSSL_KEYMGMT_SELECT_PUBLIC_KEY : 0, nil, nil)
            guard let context = unsafe context else {
                throw unreadable(content)
            }
            defer { unsafe OSSL_DECODER_CTX_free(context) }
            passphrases.beginKey()
            let asked = unsafe Unmanaged.passUnretained(passphrases).toOpaque()
            unsafe OSSL_DECODER_CTX_set_pem_password_cb(context, passphraseCallback, asked)
            let isDecoded = unsafe content.bytes.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                var size = bytes.count
                return unsafe OSSL_DECODER_from_data(context, &position, &size) == 1
            }
            defer { unsafe EVP_PKEY_free(key) }
            guard isDecoded, unsafe key != nil else {
                switch passphrases.state {
                case .notAsked: throw unreadable(content)
                case .given: throw Failure("\(content.place): the passphrase does not open this private key")
                case .missing:
                    throw Failure(
                        "\(content.place): an encrypted private key; give --passphrase-file, or run on a terminal")
                }
            }
            let decoded = unsafe key
            guard let encoded = unsafe encoded({ output in unsafe i2d_PUBKEY(decoded, output) }) else {
                throw unreadable(content)
            }
            return encoded
        }

        /// The certificates that a PKCS #7 carries, in DER.
        func certificates(in content: EncodedContent) throws(Failure) -> [[UInt8]] {
            ERR_clear_error()
            defer { ERR_clear_error() }
            let parsed = unsafe content.bytes.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                return unsafe d2i_PKCS7(nil, &position, bytes.count)
            }
            guard let pkcs7 = unsafe parsed else { throw unreadable(content) }
            defer { unsafe PKCS7_free(pkcs7) }
            let stack = unsafe copenssl_pkcs7_certificates(pkcs7)
            let count = unsafe stack == nil ? 0 : copenssl_stack_count(stack)
            guard count > 0 else { throw Failure("\(content.place): this PKCS #7 carries no certificate") }
            var certificates: [[UInt8]] = []
            for index in 0..<count {
                let certificate = unsafe copenssl_stack_at(stack, index)
                guard let encoded = unsafe encoded({ output in unsafe i2d_X509(certificate, output) }) else {
                    throw unreadable(content)
                }
                certificates.append(encoded)
            }
            return certificates
        }

        /// What one of OpenSSL's i2d functions writes; nil where it cannot.
        private func encoded(
            _ write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
        ) -> [UInt8]? {
            let size = write(nil)
            guard size > 0 else { return nil }
            return unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                var position = buffer.baseAddress
                count = max(0, Int(unsafe write(&position)))
            }
        }

        private func unreadable(_ content: EncodedContent) -> Failure {
            let words = unsafe copenssl_first_error().map { unsafe String(cString: $0) } ?? "no reason given"
            return Failure("\(content.place): OpenSSL cannot read this \(content.kind.name): \(words)")
        }
    }

    /// Hands a passphrase to OpenSSL, -1 for none. It does not throw and keeps nothing.
    private func passphraseCallback(
        _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isForWriting: Int32, _ source: UnsafeMutableRawPointer?
    ) -> Int32 {
        guard let buffer = unsafe buffer, let source = unsafe source, size > 0 else { return -1 }
        let passphrases = unsafe Unmanaged<PassphraseSource>.fromOpaque(source).takeUnretainedValue()
        let passphrase = passphrases.passphrase(askAtTerminal: {
            let size = PassphraseSource.maximumSize
            var typed = [CChar](repeating: 0, count: size + 1)
            defer { unsafe OPENSSL_cleanse(&typed, typed.count) }
            guard unsafe EVP_read_pw_string(&typed, Int32(size), "Passphrase of the private key: ", 0) == 0 else {
                return nil
            }
            return typed.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        })
        guard let passphrase, passphrase.count <= Int(size) else { return -1 }
        for (index, byte) in passphrase.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
        return Int32(passphrase.count)
    }
#else
    /// Without OpenSSL there is nothing that reads keys.
    struct KeyDecoder {
        init(_ passphrases: PassphraseSource) {}

        func subjectPublicKeyInfo(of content: EncodedContent) throws(Failure) -> [UInt8] { throw missing(content) }
        func certificates(in content: EncodedContent) throws(Failure) -> [[UInt8]] { throw missing(content) }

        private func missing(_ content: EncodedContent) -> Failure {
            Failure("\(content.place): a \(content.kind.name), which takes OpenSSL: this command was built without")
        }
    }
#endif
