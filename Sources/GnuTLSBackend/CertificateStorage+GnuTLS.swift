import BackendSupport
import CGnuTLS
import PinVerdict

extension CertificateStorage {
    /// False where there are as many as a path may have.
    @unsafe
    mutating func append(_ certificate: gnutls_datum_t) -> Bool {
        unsafe append(certificate.data, size: Int(certificate.size))
    }

    /// Whether a time, in seconds since 1970-01-01 00:00:00 UTC, lies within the validity of every certificate.
    func isValid(at time: Int64) -> Bool {
        withCertificates { certificates in
            for depth in 0..<certificates.count {
                guard let encoded = certificates.certificate(at: depth), encoded.isValid(at: time) else {
                    return false
                }
            }
            return true
        }
    }
}

extension Span where Element == UInt8 {
    /// The bytes of a datum, which has to live as long.
    @unsafe
    @_lifetime(immortal)
    init(_ datum: gnutls_datum_t) {
        unsafe self.init(datum.data, count: Int(datum.size))
    }

    fileprivate func isValid(at time: Int64) -> Bool {
        unsafe withUnsafeBufferPointer { bytes in
            unsafe cgnutls_is_valid_at(bytes.baseAddress, UInt32(truncatingIfNeeded: bytes.count), time)
        }
    }
}
