// SPDX-License-Identifier: Apache-2.0

/// Where the pins of a set lie in the policy's pins.
public struct PinRange: BitwiseCopyable, Sendable {
    var first: UInt32 = 0
    var count: UInt16 = 0
    /// How many keys the set rejects.
    var rejectedCount: UInt16 = 0

    init() {}

    init(first: UInt32, count: UInt16) {
        self.first = first
        self.count = count
    }

    var numbers: Range<Int> { Int(first)..<(Int(first) + Int(count)) }
}
