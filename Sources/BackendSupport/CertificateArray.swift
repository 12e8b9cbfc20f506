// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Where an encoded certificate lies: in memory the same as a pinverdict_bytes.
@unsafe
struct CertificateBytes: BitwiseCopyable {
    var start: UnsafePointer<UInt8>?
    var size: Int
}

/// An array of addresses and sizes in memory that a caller or a ``CertificateStorage`` owns. Every chain has this type,
/// so that the library has the code which checks a path once.
@safe
public struct CertificateArray: CertificateList {
    public let first: UnsafeRawPointer
    public let count: Int

    /// The memory has to live as long. It may have been written as another type, such as C's pinverdict_bytes.
    @unsafe
    public init(_ first: UnsafeRawPointer, count: Int) {
        unsafe self.first = first
        self.count = count
    }

    /// Inlined, whoever else calls it: a check asks for each certificate several times.
    @_lifetime(borrow self)
    @inline(__always)
    public func certificate(at depth: Int) -> Span<UInt8>? {
        guard depth >= 0, depth < count else { return nil }
        let bytes = unsafe first.load(
            fromByteOffset: depth &* MemoryLayout<CertificateBytes>.stride, as: CertificateBytes.self)
        guard let start = unsafe bytes.start, unsafe bytes.size >= 0 else { return nil }
        let span = unsafe Span(_unsafeStart: start, count: bytes.size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
