// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// How a check ended, as far as it is counted.
public struct CheckOutcome: BitwiseCopyable {
    public let reason: Reason
    public let isAllowed: Bool
    public let isEnforced: Bool
    public let isBackup: Bool

    @inline(__always)
    public init(_ verdict: Verdict) {
        reason = verdict.reason
        isAllowed = verdict.isAllowed
        isEnforced = verdict.isEnforced
        isBackup = verdict.isBackup
    }

    /// Eight for each number that a reason can have.
    static var count: Int { 8 * 64 }

    /// 0 to `count` - 1.
    @inline(__always)
    public var index: Int {
        Int(reason.rawValue & 63) << 3 | (isAllowed ? 4 : 0) | (isEnforced ? 2 : 0) | (isBackup ? 1 : 0)
    }

    init?(index: Int) {
        guard let reason = Reason(rawValue: Int32(truncatingIfNeeded: index >> 3)) else { return nil }
        self.reason = reason
        isAllowed = index & 4 != 0
        isEnforced = index & 2 != 0
        isBackup = index & 1 != 0
    }

    /// Whether a check can end so: these are told from the start, with 0.
    var isExpected: Bool {
        if reason == .matched { return isAllowed }
        guard !isBackup else { return false }
        switch reason {
        case .none, .matched: return false
        case .enforcementOff: return isAllowed && !isEnforced
        case .notPinned, .pinsExpired: return isAllowed || isEnforced
        case .rejectedKey, .noValidatedPath, .notAPath, .malformedCertificate, .noMatch, .tooFewSCTs, .logsStale:
            return isAllowed != isEnforced
        default: return !isAllowed && isEnforced
        }
    }
}
