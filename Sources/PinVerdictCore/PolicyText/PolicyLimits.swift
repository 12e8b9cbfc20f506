// SPDX-License-Identifier: Apache-2.0

/// How much a policy may say; its text's size is ``PolicyCounts/maximumTextSize``.
enum PolicyLimits {
    /// Pins of one section, and pins of one rule with those of its sets.
    static var pins: Int { 256 }
    /// Keys that one section rejects, and those that one rule rejects with its sets.
    static var rejectedKeys: Int { 16_384 }
    /// Pin sets that one rule names.
    static var sets: Int { 64 }
    /// Logs that a rule may ask for SCTs of.
    static var scts: UInt64 { 4 }
    /// Operators of logs.
    static var operators: Int { UInt64.bitWidth }
    /// Days that a list of logs may be in use: ten years.
    static var logAge: UInt64 { 3650 }
    /// Bytes of a line, its end included.
    static var line: Int { 4096 }
}
