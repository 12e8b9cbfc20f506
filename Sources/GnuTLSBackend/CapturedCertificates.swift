// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS

/// Certificates in the memory of a ``PathCapture``, and when all of them are valid.
struct CapturedCertificates {
    private(set) var storage = CertificateStorage()
    private var validity = cgnutls_validity(from: .min, until: .max)

    /// False where there are as many as a path may have.
    @unsafe
    mutating func append(_ certificate: CapturedCertificate) -> Bool {
        unsafe validity.from = max(validity.from, certificate.validity.from)
        unsafe validity.until = min(validity.until, certificate.validity.until)
        return unsafe storage.append(certificate.encoded)
    }

    /// Whether a time, in seconds since 1970-01-01 00:00:00 UTC, lies within the validity of every certificate.
    func isValid(at time: Int64) -> Bool { validity.from <= time && time <= validity.until }
}
