// SPDX-License-Identifier: Apache-2.0

/// A server to connect to.
struct ProbeTarget {
    /// As it was written: what is looked up.
    let spelling: String
    /// The canonical form: what is verified and pinned.
    let host: String
    let isAddress: Bool
    let port: UInt16

    init(_ text: String, defaultPort: UInt16) throws(Failure) {
        let parts = try HostAndPort(text)
        spelling = parts.spelling
        host = parts.host
        isAddress = parts.isAddress
        port = parts.port ?? defaultPort
    }

    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
