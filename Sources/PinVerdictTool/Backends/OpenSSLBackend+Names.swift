#if OpenSSL
    import COpenSSL
    import OpenSSLBackend

    extension OpenSSLBackend: NamingBackend {
        static var library: String {
            guard let version = unsafe OpenSSL_version(OPENSSL_VERSION_STRING) else { return "OpenSSL" }
            return unsafe "OpenSSL \(String(cString: version))"
        }

        func text(ofName encoded: Span<UInt8>) -> String? {
            ERR_set_mark()
            defer { _ = ERR_pop_to_mark() }
            let parsed = unsafe encoded.withUnsafeBufferPointer { bytes in
                var position = bytes.baseAddress
                return unsafe d2i_X509_NAME(nil, &position, bytes.count)
            }
            guard let name = unsafe parsed else { return nil }
            defer { unsafe X509_NAME_free(name) }
            guard let output = unsafe BIO_new(BIO_s_mem()) else { return nil }
            defer { unsafe BIO_free(output) }
            guard unsafe X509_NAME_print_ex(output, name, 0, copenssl_name_flags) >= 0 else { return nil }
            var text: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = Int(unsafe BIO_read(output, &part, Int32(part.count)))
                guard count > 0 else { break }
                text += part.prefix(count)
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
#endif
