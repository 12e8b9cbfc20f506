// SPDX-License-Identifier: Apache-2.0

/// A cursor over numbers and vectors in TLS's presentation language (RFC 8446, section 3), of outside bytes.
struct VectorReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// Of the next octet.
    private(set) var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// So many octets; nil where there are fewer.
    @inline(never)
    @_lifetime(copy self)
    mutating func octets(_ count: Int) -> Span<UInt8>? {
        guard count <= bytes.count - position else { return nil }
        let start = position
        position += count
        return bytes.extracting(start..<position)
    }

    /// A number of at most eight octets.
    @inline(never)
    mutating func number(octets count: Int) -> UInt64? {
        guard let octets = octets(count) else { return nil }
        var number: UInt64 = 0
        for index in octets.indices { number = number << 8 | UInt64(octets[index]) }
        return number
    }

    /// The contents of a vector behind their length in two octets.
    @inline(never)
    @_lifetime(copy self)
    mutating func vector() -> Span<UInt8>? {
        guard let count = number(octets: 2) else { return nil }
        return octets(Int(count))
    }
}
