// SPDX-License-Identifier: Apache-2.0

/// A SHA-256 digest.
public struct Digest: BitwiseCopyable, Equatable, Sendable {
    private var words: InlineArray<4, UInt64>

    /// Octets.
    public static var size: Int { 32 }

    public init() { words = InlineArray(repeating: 0) }

    /// The digest whose octets the words hold in memory order.
    public init(words: InlineArray<4, UInt64>) { self.words = words }

    /// The first 32 octets of a span.
    init(_ octets: Span<UInt8>) {
        words = [octets.word(at: 0), octets.word(at: 8), octets.word(at: 16), octets.word(at: 24)]
    }

    public static func == (left: Digest, right: Digest) -> Bool {
        (left.words[0] ^ right.words[0]) | (left.words[1] ^ right.words[1])
            | (left.words[2] ^ right.words[2]) | (left.words[3] ^ right.words[3]) == 0
    }

    /// In some order, by which digests are sorted; it is none of their octets.
    @inline(__always)
    func isBefore(_ other: Digest) -> Bool {
        if words[0] != other.words[0] { return words[0] < other.words[0] }
        for index in 1..<3 where words[index] != other.words[index] { return words[index] < other.words[index] }
        return words[3] < other.words[3]
    }

    /// Eight octets, as they lie in memory.
    func word(_ index: Int) -> UInt64 { words[index] }

    /// Octet 0 to 31.
    public subscript(octet: Int) -> UInt8 {
        get { UInt8(truncatingIfNeeded: words[octet >> 3] >> UInt64(8 * (octet & 7))) }
        set {
            let shift = UInt64(8 * (octet & 7))
            words[octet >> 3] = words[octet >> 3] & ~(0xff << shift) | UInt64(newValue) << shift
        }
    }

    /// Lends the octets.
    @inline(never)
    public func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytes(of: words) { body(unsafe $0.assumingMemoryBound(to: UInt8.self).span) }
    }

    /// The SHA-256 of no octets.
    static var ofNothing: Digest {
        Digest(words: [
            UInt64(bigEndian: 0xe3b0_c442_98fc_1c14), UInt64(bigEndian: 0x9afb_f4c8_996f_b924),
            UInt64(bigEndian: 0x27ae_41e4_649b_934c), UInt64(bigEndian: 0xa495_991b_7852_b855),
        ])
    }

    /// All octets are equal.
    var isPlaceholder: Bool { self == Digest(words: InlineArray(repeating: UInt64(self[0]) &* 0x0101_0101_0101_0101)) }

    /// The first four octets as a big-endian number.
    var leadingNumber: UInt32 {
        UInt32(self[0]) << 24 | UInt32(self[1]) << 16 | UInt32(self[2]) << 8 | UInt32(self[3])
    }
}
