// SPDX-License-Identifier: Apache-2.0

/// Where the pins of a set, or of `[policy]`, lie in the policy's pins.
public struct PinRange: BitwiseCopyable, Sendable {
    var first: UInt32 = 0
    var count: UInt16 = 0
    var rejectsKeys = false

    init() {}

    init(first: UInt32, count: UInt16) {
        self.first = first
        self.count = count
    }

    var numbers: Range<Int> { Int(first)..<(Int(first) + Int(count)) }
}
