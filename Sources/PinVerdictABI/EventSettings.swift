// SPDX-License-Identifier: Apache-2.0

import CPinVerdict

/// What a config says of events.
struct EventSettings: BitwiseCopyable {
    let kinds: EventKinds
    /// Bytes of the queue.
    let memory: Int
    /// Seconds.
    let repeatAfter: UInt32

    static var none: EventSettings { EventSettings(kinds: EventKinds(bits: 0), memory: 0, repeatAfter: 0) }

    static func required(_ kinds: UInt32, _ memory: Int, _ repeatAfter: UInt32) throws(CallFailure) -> EventSettings {
        guard kinds & ~EventKinds.all == 0 else { throw .unknown(.kinds) }
        if kinds == 0 { return .none }
        guard memory >= 64 << 10, memory <= 64 << 20 else { throw .malformed(.memory) }
        guard repeatAfter <= 31_622_400 else { throw .malformed(.repeatAfter) }
        return EventSettings(kinds: EventKinds(bits: kinds), memory: memory, repeatAfter: repeatAfter)
    }
}
