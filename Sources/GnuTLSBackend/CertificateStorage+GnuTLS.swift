// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

extension CertificateStorage {
    /// False where there are as many as a path may have.
    @unsafe
    mutating func append(_ certificate: gnutls_datum_t) -> Bool {
        unsafe append(certificate.data, size: Int(certificate.size))
    }
}

extension Span where Element == UInt8 {
    /// The bytes of a datum, which has to live as long.
    @unsafe
    @_lifetime(immortal)
    init(_ datum: gnutls_datum_t) {
        unsafe self.init(datum.data, count: Int(datum.size))
    }
}
