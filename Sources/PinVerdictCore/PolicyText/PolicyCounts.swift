// SPDX-License-Identifier: Apache-2.0

/// How many entries each of a policy's tables has: what its memory is laid out by.
public struct PolicyCounts: BitwiseCopyable, Sendable {
    public var rules = 0
    public var sets = 0
    public var references = 0
    public var pins = 0
    public var rejectedKeys = 0
    /// Bytes of the rules' and environments' names.
    public var names = 0
    public var environments = 0
    public var logs = 0

    public init() {}

    /// Slots of the host table: half as many again as rules, so that probes stay short.
    public var slots: Int { rules == 0 ? 0 : rules + rules / 2 + 1 }
}
