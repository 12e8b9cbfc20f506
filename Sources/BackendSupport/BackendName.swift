// SPDX-License-Identifier: Apache-2.0

/// The TLS libraries that there are backends for, built in or not. The numbers are those of `pinverdict_backend`.
public enum BackendName: UInt8, CaseIterable, Sendable {
    case openssl = 1
    case gnutls = 2

    /// The name on a command line.
    public var text: StaticString {
        switch self {
        case .openssl: "openssl"
        case .gnutls: "gnutls"
        }
    }
}
