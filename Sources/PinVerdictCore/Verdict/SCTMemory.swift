// SPDX-License-Identifier: Apache-2.0

/// Remembers that all signatures were good: that stays so for ever.
public protocol SCTMemory {
    /// What was remembered under a digest of all that was signed, by whom, and how.
    func goodSCTs(_ key: Digest) -> UInt16?
    /// A bit for each SCT that was looked at.
    func remember(_ good: UInt16, under key: Digest)
}

/// Of who checks once.
public struct NoSCTMemory: SCTMemory {
    public init() {}
    public func goodSCTs(_ key: Digest) -> UInt16? { nil }
    public func remember(_ good: UInt16, under key: Digest) {}
}
