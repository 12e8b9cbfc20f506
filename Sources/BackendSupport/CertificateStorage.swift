// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The array behind a chain of certificates that a TLS library has in memory of its own.
@safe
public struct CertificateStorage {
    private var slots: CertificateSlots<CertificateBytes>
    public private(set) var count = 0

    public init() { unsafe slots = InlineArray(repeating: CertificateBytes(start: nil, size: 0)) }

    /// False where it has as many as a path may have, and takes no more.
    @unsafe
    public mutating func append(_ start: UnsafePointer<UInt8>?, size: Int) -> Bool {
        guard count < Limits.certificates else { return false }
        unsafe slots[count] = CertificateBytes(start: start, size: size)
        count += 1
        return true
    }

    /// A copy without so many of the last certificates; the first always stays.
    public func dropping(_ last: Int) -> CertificateStorage {
        var rest = self
        rest.count = max(min(1, count), count - last)
        return rest
    }

    /// Lends the array.
    public func withCertificates<Result, Failure: Error>(
        _ body: (CertificateArray) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafePointer(to: slots) { slots throws(Failure) in
            try unsafe body(CertificateArray(slots, count: count))
        }
    }

    /// Has the library take back the memory of each certificate.
    public func free(_ release: (UnsafeMutableRawPointer?) -> Void) {
        for depth in 0..<count { unsafe release(UnsafeMutablePointer(mutating: slots[depth].start)) }
    }
}
