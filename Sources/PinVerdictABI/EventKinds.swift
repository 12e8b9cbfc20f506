// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PinVerdictCore

/// Which ends of checks are events: bits of PINVERDICT_EVENT_.
struct EventKinds: BitwiseCopyable {
    let bits: UInt32

    static var all: UInt32 {
        PINVERDICT_EVENT_FAILED | PINVERDICT_EVENT_BACKUP | PINVERDICT_EVENT_NOT_PINNED | PINVERDICT_EVENT_MATCHED
    }

    var isEmpty: Bool { bits == 0 }

    /// Costs a branch where there are none.
    @inline(__always)
    func contain(_ verdict: Verdict) -> Bool { bits != 0 && bits & Self.bits(of: verdict) != 0 }

    private static func bits(of verdict: Verdict) -> UInt32 {
        switch verdict.reason {
        case .matched: PINVERDICT_EVENT_MATCHED | (verdict.isBackup ? PINVERDICT_EVENT_BACKUP : 0)
        case .notPinned: PINVERDICT_EVENT_NOT_PINNED | (verdict.isAllowed ? 0 : PINVERDICT_EVENT_FAILED)
        case .enforcementOff, .pinsExpired: verdict.isAllowed ? 0 : PINVERDICT_EVENT_FAILED
        default: PINVERDICT_EVENT_FAILED
        }
    }
}
