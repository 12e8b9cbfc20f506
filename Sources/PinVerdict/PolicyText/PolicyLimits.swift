// SPDX-License-Identifier: Apache-2.0

/// How much a policy may say; its text's size is ``PolicyCounts/maximumTextSize``.
enum PolicyLimits {
    /// Pins of one section, and pins of one rule with those of its sets.
    static var pins: Int { 256 }
    /// Keys that one section rejects, and those that one rule rejects with its sets.
    static var rejectedKeys: Int { 16_384 }
    /// Pin sets that one rule names.
    static var sets: Int { 64 }
    /// Bytes of a line, its end included.
    static var line: Int { 4096 }
}
