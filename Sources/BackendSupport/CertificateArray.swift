// SPDX-License-Identifier: Apache-2.0

import PinVerdict

/// Where an encoded certificate lies: in memory the same as a pinverdict_bytes.
@unsafe
struct CertificateBytes: BitwiseCopyable {
    var start: UnsafePointer<UInt8>?
    var size: Int
}

/// An array of addresses and sizes in memory of somebody else's: a caller's, or that of a ``CertificateStorage``. Every
/// chain is one, so that the code which checks a path stands in the library once.
@safe
public struct CertificateArray: CertificateList {
    public let first: UnsafeRawPointer
    public let count: Int

    /// The memory has to live as long, and may have been written as another type, as a caller's has.
    @unsafe
    public init(_ first: UnsafeRawPointer, count: Int) {
        unsafe self.first = first
        self.count = count
    }

    @_lifetime(borrow self)
    public func certificate(at depth: Int) -> Span<UInt8>? {
        guard depth >= 0, depth < count else { return nil }
        let bytes = unsafe first.load(
            fromByteOffset: depth &* MemoryLayout<CertificateBytes>.stride, as: CertificateBytes.self)
        guard let start = unsafe bytes.start, unsafe bytes.size >= 0 else { return nil }
        let span = unsafe Span(_unsafeStart: start, count: bytes.size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
