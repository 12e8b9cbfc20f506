// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import PinVerdictCore

/// The paths that a checker has seen. Nil: none are remembered, and none looked for.
@unsafe
public typealias OpenSSLPathMemory = UnsafePointer<PathMemory<OpenSSLKnownPath>>?

extension UnsafePointer where Pointee == PathMemory<OpenSSLKnownPath> {
    /// Lends the path that is known under a key, or nil, to what may leave a new one in its place.
    func recall<Result>(
        _ key: Digest, _ host: HostNumber,
        _ body: (OpenSSLKnownPath?, inout OpenSSLKnownPath?) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        var new: OpenSSLKnownPath?
        defer { if let new { unsafe pointee.keep(new, under: key, of: host) } }
        let result = try unsafe pointee.withPath(key, of: host) { known throws(Refusal) in try body(known, &new) }
        if let result { return result }
        return try body(nil, &new)
    }
}

extension Optional where Wrapped == UnsafePointer<PathMemory<OpenSSLKnownPath>> {
    /// The same, for a connection to a host that has sent a leaf.
    func recall<Result>(
        _ leaf: OpaquePointer, to host: borrowing HostName,
        _ body: (OpenSSLKnownPath?, inout OpenSSLKnownPath?) throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        if let memory = self, let number = unsafe memory.pointee.host(host, OpenSSLBackend()),
            let key = unsafe OpenSSLKnownPath.key(of: leaf)
        {
            return try unsafe memory.recall(key, number) { known, new throws(Refusal) in
                let known = unsafe known?.isOf(leaf) == true ? known : nil
                return try body(known, &new)
            }
        }
        var new: OpenSSLKnownPath?
        defer { new?.free() }
        return try body(nil, &new)
    }
}
