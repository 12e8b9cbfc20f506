// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// How often checks came to one end.
public struct CheckCount: Sendable {
    public let isAllowed: Bool
    public let reason: Reason
    public let isEnforced: Bool
    public let isBackup: Bool
    public let checks: UInt64
}

extension CheckCount {
    init(_ count: pinverdict_count) {
        self.init(
            isAllowed: count.decision == PINVERDICT_ALLOW,
            reason: Reason(rawValue: Int32(truncatingIfNeeded: count.reason.rawValue)) ?? .none,
            isEnforced: count.enforced, isBackup: count.backup, checks: count.checks)
    }
}
