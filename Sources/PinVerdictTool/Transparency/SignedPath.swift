// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BuiltInBackends
    import COpenSSL
    import PinVerdictCore

    /// Certificates of which each has signed the one before: what a log, or whoever logged, says of issuers is no
    /// proof, and a pin on one that has signed nothing must not count.
    struct SignedPath {
        /// The leaf first.
        let certificates: [EncodedCertificate]
        /// Some of the issuers were left out.
        let isCutShort: Bool

        init(_ certificate: LoggedCertificate, _ backend: BuiltInBackend) {
            var path = [certificate.leaf]
            var issuers = certificate.issuers[...]
            var isLinked = true
            if let hash = certificate.issuerKeyHash {
                // Before the issuer there may be the certificate that signed for it (RFC 6962, section 3.1).
                let place = issuers.prefix(2).firstIndex { SignedPath.keyHash($0, backend) == hash }
                isLinked = place != nil
                issuers = issuers[(place ?? issuers.endIndex)...]
                if let issuer = issuers.popFirst() { path.append(SignedPath.named(issuer, certificate.leaf)) }
            }
            while isLinked, path.count < Limits.certificates, let issuer = issuers.first {
                isLinked = SignedPath.isSigned(path[path.count - 1].bytes, by: issuer)
                guard isLinked else { break }
                issuers.removeFirst()
                path.append(SignedPath.named(issuer, certificate.leaf))
            }
            certificates = path
            isCutShort = !isLinked
        }

        private static func named(_ bytes: [UInt8], _ leaf: EncodedCertificate) -> EncodedCertificate {
            EncodedCertificate(fileName: leaf.fileName, line: leaf.line, number: leaf.number, bytes: bytes)
        }

        private static func keyHash(_ bytes: [UInt8], _ backend: BuiltInBackend) -> [UInt8]? {
            guard let certificate = try? Certificate(bytes.span) else { return nil }
            return backend.sha256(certificate.subjectPublicKeyInfo).map { digest in (0..<Digest.size).map { digest[$0] }
            }
        }

        private static func isSigned(_ certificate: [UInt8], by issuer: [UInt8]) -> Bool {
            defer { ERR_clear_error() }
            guard let certificate = unsafe parsed(certificate) else { return false }
            defer { unsafe X509_free(certificate) }
            guard let issuer = unsafe parsed(issuer) else { return false }
            defer { unsafe X509_free(issuer) }
            guard let key = unsafe X509_get0_pubkey(issuer) else { return false }
            return unsafe X509_verify(certificate, key) == 1
        }

        @unsafe
        private static func parsed(_ certificate: [UInt8]) -> OpaquePointer? {
            unsafe certificate.withUnsafeBufferPointer { bytes in
                var start = bytes.baseAddress
                return unsafe d2i_X509(nil, &start, bytes.count)
            }
        }
    }
#endif
