import BackendSupport
import CPinVerdict
import PinVerdict

extension CertificateArray {
    enum Invalid: Error {
        case argument
        case empty
    }

    /// The caller's array. Takes what a caller may pass: no negative count or size, no NULL where a certificate should
    /// be.
    init(_ chain: UnsafePointer<pinverdict_bytes>?, _ count: Int) throws(Invalid) {
        guard count >= 0 else { throw .argument }
        guard count > 0 else { throw .empty }
        guard let chain = unsafe chain else { throw .argument }
        // Of a longer chain no certificate is looked at.
        for depth in 0..<min(count, Limits.certificates) {
            let bytes = unsafe chain[depth]
            guard unsafe bytes.data != nil, unsafe bytes.size >= 0 else { throw .argument }
        }
        unsafe self.init(UnsafeRawPointer(chain), count: count)
    }
}
