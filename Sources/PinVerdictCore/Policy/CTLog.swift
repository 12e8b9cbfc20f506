// SPDX-License-Identifier: Apache-2.0

/// A log of Certificate Transparency whose SCTs a policy takes: what `[ct-log NAME]` says.
public struct CTLog: BitwiseCopyable, Sendable {
    /// By which SCTs name it: SHA-256 of its key. Known when the policy is whole.
    public package(set) var id = Digest()
    public internal(set) var key = CTLogKey()
    /// When it retired, in seconds since 1970-01-01 00:00:00 UTC: SCTs from then on do not count.
    public internal(set) var retired = Int64.max
    /// Two logs of one operator have the same.
    package internal(set) var operatorNumber: UInt8 = 0

    init() {}
}
