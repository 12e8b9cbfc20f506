// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// What a command says of GnuTLS and by it.
extension GnuTLSBackend {
    public var library: ASCIIText<63> {
        var text = ASCIIText<63>()
        text.append("GnuTLS ")
        if let version = unsafe gnutls_check_version(nil) { unsafe text.append(Span(version, limit: 32)) }
        return text
    }

    public func withText<Result>(ofName encoded: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
        // An empty SEQUENCE, for which GnuTLS has no text.
        guard encoded.count != 2 else { return body(Span()) }
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
        return unsafe body(Span(text))
    }
}
