import CGnuTLS
import PinVerdict

/// A path in memory of somebody else's: a ``PathCapture``, or what an application has kept.
@safe
public struct GnuTLSPath: CertificateList {
    public private(set) var count = 0
    private var certificates: CertificateSlots<gnutls_datum_t>

    public init() { unsafe certificates = InlineArray(repeating: gnutls_datum_t()) }

    /// False where the path is full.
    @unsafe
    mutating func append(_ certificate: gnutls_datum_t) -> Bool {
        guard count < Limits.certificates else { return false }
        unsafe certificates[count] = certificate
        count += 1
        return true
    }

    @_lifetime(borrow self)
    public func certificate(at depth: Int) -> Span<UInt8>? {
        guard depth >= 0, depth < count else { return nil }
        return unsafe _overrideLifetime(Span(certificates[depth]), borrowing: self)
    }

    /// Whether a time, in seconds since 1970-01-01 00:00:00 UTC, lies within the validity of every certificate.
    func isValid(at time: Int64) -> Bool {
        for depth in 0..<count {
            let isValid = unsafe cgnutls_is_valid_at(certificates[depth].data, certificates[depth].size, time)
            guard isValid else { return false }
        }
        return true
    }
}
