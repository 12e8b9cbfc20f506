// SPDX-License-Identifier: Apache-2.0

import CGnuTLS

/// A certificate that GnuTLS passed by: its bytes, which whoever keeps them frees, and when it is valid.
@unsafe
struct CapturedCertificate: BitwiseCopyable {
    private(set) var encoded = unsafe gnutls_datum_t()
    private(set) var validity = cgnutls_validity()

    /// False where there is no memory.
    mutating func copy(_ certificate: gnutls_x509_crt_t) -> Bool {
        unsafe validity = cgnutls_validity_of(certificate)
        return unsafe gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &encoded) == GNUTLS_E_SUCCESS
    }
}
