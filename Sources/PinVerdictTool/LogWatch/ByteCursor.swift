// SPDX-License-Identifier: Apache-2.0

/// Reads what TLS's presentation language describes (RFC 8446, section 3); nil where the bytes end before.
struct ByteCursor {
    private let bytes: ArraySlice<UInt8>
    /// The next byte.
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.endIndex - position else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// Big-endian.
    mutating func number(octets: Int) -> UInt64? {
        take(octets)?.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Bytes behind their length.
    mutating func vector(lengthOctets: Int) -> ArraySlice<UInt8>? {
        number(octets: lengthOctets).flatMap { take(Int($0)) }
    }
}
