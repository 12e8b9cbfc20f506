import COpenSSL
import PinVerdict

/// A chain that OpenSSL built, encoded again: i2d_X509 gives the bytes that were read. Owns its memory, which
/// ``free()`` gives back.
@safe
public struct OpenSSLPath: CertificateList {
    public private(set) var count = 0
    private var starts: CertificateSlots<UnsafeMutablePointer<UInt8>?>
    private var sizes = CertificateSlots<Int>(repeating: 0)

    enum Failure: Error {
        case tooLong
        case outOfMemory
    }

    /// A path without certificates; NULL stands for one, too.
    init(_ chain: OpaquePointer?) throws(Failure) {
        unsafe starts = InlineArray(repeating: nil)
        let length = unsafe Int(copenssl_stack_count(chain))
        guard length <= Limits.certificates else { throw .tooLong }
        for depth in 0..<length {
            var output: UnsafeMutablePointer<UInt8>?
            let size = unsafe i2d_X509(copenssl_stack_at(chain, Int32(depth)), &output)
            guard size > 0, let start = unsafe output else {
                free()
                throw .outOfMemory
            }
            unsafe starts[depth] = start
            sizes[depth] = Int(size)
            count += 1
        }
    }

    public func free() {
        for depth in 0..<count { unsafe copenssl_free(starts[depth]) }
    }

    @_lifetime(borrow self)
    public func certificate(at depth: Int) -> Span<UInt8>? {
        guard depth >= 0, depth < count, let start = unsafe starts[depth] else { return nil }
        let span = unsafe Span(_unsafeStart: UnsafePointer(start), count: sizes[depth])
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
