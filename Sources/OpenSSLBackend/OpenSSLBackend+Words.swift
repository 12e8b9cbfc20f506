// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdictCore

/// What a command says of OpenSSL and by it.
extension OpenSSLBackend {
    public var library: ASCIIText<63> {
        var text = ASCIIText<63>()
        text.append("OpenSSL ")
        if let version = unsafe OpenSSL_version(OPENSSL_VERSION_STRING) { unsafe text.append(Span(version, limit: 32)) }
        return text
    }

    public func withText<Result>(ofName encoded: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
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
        var start: UnsafeMutablePointer<CChar>?
        let size = unsafe copenssl_written(output, &start)
        return unsafe body(Span(start, count: size))
    }
}
