// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import CPosix
import PinVerdictCore

/// A path that GnuTLS validated, to be known again: that its signatures hold, and its certificates may do what they do,
/// stays true. What may change is asked each time; and for what GnuTLS does not say, a path is known for an hour.
@safe
public struct KeptPath: RememberedPath {
    private let storage: UnsafeMutablePointer<Storage>

    @unsafe
    private struct Storage {
        var encoded = CertificateStorage()
        /// Imported; the anchor where its validity begins last or ends first.
        var certificates: CertificateSlots<gnutls_x509_crt_t?> = unsafe InlineArray(repeating: nil)
        /// The list that the path led to first.
        let list: gnutls_x509_trust_list_t
        /// The certificates whose validity begins last and ends first.
        let newest: Int
        let oldest: Int
        /// The hour, within the validity of all certificates, by the checker's clock.
        let from: Int64
        let until: Int64
        /// The hour by a clock that nobody sets.
        let start: Int64
        let end: Int64
    }

    private static var lifetime: Int64 { 3600 }

    /// Takes imported certificates over. Nil where there is no memory, or an anchor is all there is.
    init?(
        _ path: CapturedCertificates, _ imported: inout ImportedChain, to list: gnutls_x509_trust_list_t,
        at time: Int64
    ) {
        let header = unsafe MemoryLayout<Storage>.stride
        guard path.storage.count > 1, let memory = unsafe malloc(header + path.size) else { return nil }
        let now = Self.now()
        unsafe storage = memory.bindMemory(to: Storage.self, capacity: 1)
        unsafe storage.initialize(
            to: Storage(
                list: list, newest: path.newest, oldest: path.oldest, from: time,
                until: min(path.until, Self.hour(after: time)), start: now, end: Self.hour(after: now)))
        let anchor = path.storage.count - 1
        let needsAnchor = path.newest == anchor || path.oldest == anchor
        let isComplete = path.storage.withCertificates { path in
            var next = unsafe (memory + header).assumingMemoryBound(to: UInt8.self)
            for depth in 0...anchor {
                guard let encoded = path.certificate(at: depth) else { return false }
                unsafe encoded.withUnsafeBufferPointer { bytes in
                    if let start = bytes.baseAddress { unsafe next.update(from: start, count: bytes.count) }
                }
                _ = unsafe storage.pointee.encoded.append(next, size: encoded.count)
                unsafe next += encoded.count
                guard depth < anchor || needsAnchor else { continue }
                unsafe storage.pointee.certificates[depth] = imported.take(encoded)
                if unsafe storage.pointee.certificates[depth] == nil { return false }
            }
            return true
        }
        guard isComplete else {
            free()
            return nil
        }
    }

    public func free() {
        for depth in 0..<count { unsafe gnutls_x509_crt_deinit(storage.pointee.certificates[depth]) }
        unsafe storage.deinitialize(count: 1)
        unsafe CPosix.free(storage)
    }

    private var count: Int { unsafe storage.pointee.encoded.count }

    /// Lends the path.
    func withCertificates<Result>(_ body: (CertificateArray) -> Result) -> Result {
        unsafe storage.pointee.encoded.withCertificates(body)
    }

    /// Whether the hour has not passed, and every certificate is valid at a time and by GnuTLS's clock.
    func isCurrent(at time: Int64) -> Bool {
        let now = Self.now()
        guard unsafe storage.pointee.start <= now, unsafe now <= storage.pointee.end,
            unsafe storage.pointee.from <= time, unsafe time <= storage.pointee.until
        else { return false }
        let newest = unsafe storage.pointee.newest
        let oldest = unsafe storage.pointee.oldest
        return unsafe cgnutls_is_valid_now(storage.pointee.certificates[newest])
            && (oldest == newest || cgnutls_is_valid_now(storage.pointee.certificates[oldest]))
    }

    /// Whether a list has the anchor, byte for byte, no issuer before it, and distrusts nothing of the path.
    @unsafe
    func leads(to list: gnutls_x509_trust_list_t) -> Bool {
        let last = count - 2
        for depth in 0...last {
            let certificate = unsafe storage.pointee.certificates[depth]
            if unsafe cgnutls_is_distrusted(list, certificate) { return false }
            if depth < last, unsafe cgnutls_has_issuer(list, certificate) { return false }
        }
        return unsafe storage.pointee.encoded.withCertificates { path in
            guard let anchor = path.certificate(at: last + 1) else { return false }
            return unsafe anchor.withUnsafeBufferPointer { bytes in
                unsafe cgnutls_has_anchor(
                    list, storage.pointee.certificates[last], bytes.baseAddress, UInt32(bytes.count),
                    list != storage.pointee.list)
            }
        }
    }

    private static func hour(after time: Int64) -> Int64 {
        let sum = time.addingReportingOverflow(lifetime)
        return sum.overflow ? time : sum.partialValue
    }

    /// Seconds since the machine was started, those in which it slept too.
    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}
