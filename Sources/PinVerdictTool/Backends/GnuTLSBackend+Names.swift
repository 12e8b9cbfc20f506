#if GnuTLS
    import CGnuTLS
    import GnuTLSBackend

    extension GnuTLSBackend: NamingBackend {
        static var library: String {
            guard let version = unsafe gnutls_check_version(nil) else { return "GnuTLS" }
            return unsafe "GnuTLS \(String(cString: version))"
        }

        func text(ofName encoded: Span<UInt8>) -> String? {
            // An empty SEQUENCE, for which GnuTLS has no text.
            guard encoded.count != 2 else { return "" }
            guard let size = UInt32(exactly: encoded.count) else { return nil }
            var name: gnutls_x509_dn_t?
            guard unsafe gnutls_x509_dn_init(&name) == GNUTLS_E_SUCCESS else { return nil }
            defer { unsafe gnutls_x509_dn_deinit(name) }
            let status = unsafe encoded.withUnsafeBufferPointer { bytes in
                var datum = unsafe gnutls_datum_t(data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: size)
                return unsafe gnutls_x509_dn_import(name, &datum)
            }
            guard status == GNUTLS_E_SUCCESS else { return nil }
            var text = unsafe gnutls_datum_t()
            guard unsafe gnutls_x509_dn_get_str2(name, &text, 0) == GNUTLS_E_SUCCESS else { return nil }
            defer { unsafe cgnutls_free(text.data) }
            guard let data = unsafe text.data else { return "" }
            return unsafe escaped(Span(_unsafeStart: UnsafePointer(data), count: Int(text.size)))
        }

        /// GnuTLS leaves UTF-8 and control characters as they are; RFC 4514, 2.4, lets any byte be `\XX`.
        private func escaped(_ text: Span<UInt8>) -> String {
            var result = ""
            for index in text.indices {
                let byte = text[index]
                if byte >= 0x20, byte < 0x7f {
                    result.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    result += (byte < 16 ? "\\0" : "\\") + String(byte, radix: 16, uppercase: true)
                }
            }
            return result
        }
    }
#endif
