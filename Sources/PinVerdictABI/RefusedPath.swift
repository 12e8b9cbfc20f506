// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import CPosix
import PinVerdictCore

/// The path that was refused inside a handshake, for who asks afterwards: copies of its certificates, in one block.
@safe
struct RefusedPath: ~Copyable {
    private let first: UnsafeMutablePointer<pinverdict_bytes>
    private let count: Int

    /// Nil where there is no memory.
    init?(_ path: CertificateArray) {
        let header = unsafe MemoryLayout<pinverdict_bytes>.stride &* path.count
        var size = header
        for depth in 0..<path.count { size &+= path.certificate(at: depth)?.count ?? 0 }
        guard path.count > 0, path.count <= Limits.certificates, let memory = unsafe malloc(size) else { return nil }
        unsafe first = memory.bindMemory(to: pinverdict_bytes.self, capacity: path.count)
        count = path.count
        var next = unsafe (memory + header).assumingMemoryBound(to: UInt8.self)
        for depth in 0..<path.count {
            let size = path.certificate(at: depth)?.count ?? 0
            unsafe path.certificate(at: depth)?.withUnsafeBufferPointer { bytes in
                if let start = bytes.baseAddress { unsafe next.update(from: start, count: bytes.count) }
            }
            unsafe (first + depth).initialize(to: pinverdict_bytes(data: next, size: size))
            unsafe next += size
        }
    }

    deinit { unsafe free(first) }

    /// The path, which lives as long as this does.
    @unsafe
    var certificates: CertificateArray { unsafe CertificateArray(first, count: count) }
}
