// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    /// What came of a TLS handshake.
    struct ProbeHandshake {
        /// As the server sent them.
        var sent: [[UInt8]] = []
        /// Leaf first. Where OpenSSL refuses, what it has tried.
        var path: [[UInt8]] = []
        /// Such as "TLSv1.3".
        var version = ""
        /// Whether OpenSSL trusts the server; nil where the handshake ended otherwise.
        var trust: LibraryVerdict?
        /// Under each policy.
        var verdicts: [LibraryVerdict] = []
        /// Why there is no connection, where that is not a matter of trust.
        var failure: NotReached?
    }
#endif
