// SPDX-License-Identifier: Apache-2.0

/// What a policy's hash of names begins with, and mixes into every block of a name: whoever chooses names does not
/// know it, and so cannot choose them to meet in one place of a table.
public struct HostSeed: BitwiseCopyable, Sendable {
    let first: UInt64
    let second: UInt64

    /// Of numbers that nobody can guess.
    public init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// For want of random numbers: who chooses the text of a policy does not choose this.
    public init(of textDigest: Digest) {
        self.init(textDigest.word(0), textDigest.word(1))
    }

    /// A hash of some bytes and of all that `previous` is a hash of.
    public func hash(_ bytes: Span<UInt8>, after previous: UInt64) -> UInt64 {
        HostName.hash(bytes, HostSeed(first ^ previous, second))
    }
}
