// SPDX-License-Identifier: Apache-2.0

/// The certificates of a path that a rule's pins are looked for in.
public enum Match: UInt8, BitwiseCopyable, Sendable {
    case any = 0
    /// Depth 0.
    case leaf = 1
    /// Every deeper certificate.
    case ca = 2
    /// The last certificate of a path of two or more.
    case root = 3
}
