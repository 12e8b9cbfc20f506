import CPinVerdict
import PinVerdict

/// The caller's array of certificates.
@unsafe
struct CertificateArray: CertificateList {
    private let first: UnsafePointer<pinverdict_bytes>
    let count: Int

    enum Invalid: Error {
        case argument
        case empty
    }

    /// Takes what a caller may pass: no negative count or size, no NULL where a certificate should be.
    init(_ chain: UnsafePointer<pinverdict_bytes>?, _ count: Int) throws(Invalid) {
        guard count >= 0 else { throw .argument }
        guard count > 0 else { throw .empty }
        guard let chain = unsafe chain else { throw .argument }
        unsafe first = chain
        unsafe self.count = count
        // Of a longer chain no certificate is looked at.
        for depth in 0..<min(count, Limits.certificates) {
            let bytes = unsafe chain[depth]
            guard unsafe bytes.data != nil, unsafe bytes.size >= 0 else { throw .argument }
        }
    }

    @_lifetime(borrow self)
    func certificate(at depth: Int) -> Span<UInt8>? {
        guard depth >= 0, unsafe depth < count else { return nil }
        let bytes = unsafe first[depth]
        guard let data = unsafe bytes.data, unsafe bytes.size >= 0 else { return nil }
        let span = unsafe Span(_unsafeStart: data, count: bytes.size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
