// SPDX-License-Identifier: Apache-2.0

/// Which row of ``CheckCounters`` each of a policy's first rules counts in.
public struct RuleRows: BitwiseCopyable {
    /// The rules of a policy that can have rows of their own, and how many such rows there are.
    static var maximum: Int { 255 }
    /// The row of all other rules.
    static var others: UInt8 { 255 }

    private var rows = InlineArray<255, UInt8>(repeating: RuleRows.others)

    /// Through a pointer, as a copy of all the rows would cost more than a count.
    @unsafe
    @inline(__always)
    static func row(of rule: Int, in rows: UnsafePointer<RuleRows>) -> Int {
        guard rule < maximum else { return Int(others) }
        return unsafe Int(UnsafeRawPointer(rows).load(fromByteOffset: rule, as: UInt8.self))
    }

    mutating func set(_ rule: Int, _ row: Int) { rows[rule] = UInt8(truncatingIfNeeded: row) }
}
