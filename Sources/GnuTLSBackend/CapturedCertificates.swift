// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS

/// Certificates in the memory of a ``PathCapture``, and when all of them are valid.
struct CapturedCertificates {
    private(set) var storage = CertificateStorage()
    private var validity = cgnutls_validity(from: .min, until: .max)
    /// The certificate whose validity begins last, and the one whose validity ends first.
    private(set) var newest = 0
    private(set) var oldest = 0
    /// In bytes.
    private(set) var size = 0

    var until: Int64 { validity.until }

    /// False where there are as many as a path may have.
    @unsafe
    mutating func append(_ certificate: CapturedCertificate) -> Bool {
        if unsafe certificate.validity.from > validity.from {
            unsafe validity.from = certificate.validity.from
            newest = storage.count
        }
        if unsafe certificate.validity.until < validity.until {
            unsafe validity.until = certificate.validity.until
            oldest = storage.count
        }
        unsafe size += Int(certificate.encoded.size)
        return unsafe storage.append(certificate.encoded)
    }

    /// Whether a time, in seconds since 1970-01-01 00:00:00 UTC, lies within the validity of every certificate.
    func isValid(at time: Int64) -> Bool { validity.from <= time && time <= validity.until }
}
