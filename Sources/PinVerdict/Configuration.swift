// SPDX-License-Identifier: Apache-2.0

/// What a ``Checker`` is to know beside its policy.
public struct Configuration: Sendable {
    /// The TLS library that hashes, and validates presented chains.
    public enum Backend: Sendable {
        /// OpenSSL where the package was built with it, else GnuTLS.
        case automatic
        case openSSL
        case gnuTLS
    }

    /// What presented chains have to lead to.
    public enum TrustAnchors: Sendable {
        /// The system's store, as it is when the checker is made.
        case system
        /// A PEM file, read when the checker is made.
        case file(String)
        /// The checker takes no presented chains and loads no store, which saves most of the time to make one.
        case none
    }

    public var backend = Backend.automatic

    public var trustAnchors = TrustAnchors.system

    /// Whether the backend's own parser reads every certificate of a path too; another answer than ours refuses. Costs
    /// about a thousand times a check without.
    public var crossCheck = false

    /// The environment that this process runs in: 1 to 63 letters, digits, `-`, `_` or `.`.
    public var environment: String?

    /// What tells this installation from others, for `rollout-percent`: 1 to 256 octets that stay the same from start
    /// to start, such as the machine's id.
    public var installID: [UInt8]?

    /// The clock for expiry dates: seconds since 1970-01-01 00:00:00 UTC. Called inside checks, by several threads at
    /// once; it must not call this library. `nil` is the system's clock.
    public var clock: (@Sendable () -> Int64)?

    /// Up to eight public keys, each the text of signify's or minisign's file. A checker that has keys takes no policy
    /// without a signature by one of them (``Policy/init(signed:signature:configuration:)``).
    public var policyKeys: [String] = []

    /// The serial of the policy that the program was shipped with: a checker takes no lower one. 0 for none.
    public var minimumSerial: UInt64 = 0

    /// The defaults: the automatic backend, the system's trust anchors and clock, nothing else.
    public init() {}
}
