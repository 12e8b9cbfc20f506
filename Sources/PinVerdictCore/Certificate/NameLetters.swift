// SPDX-License-Identifier: Apache-2.0

/// A sum over the letters of a Name, which does not depend on case, spaces or types of strings. TLS libraries may
/// ignore those in a comparison, but nothing else: where the sums differ, they need not be asked.
struct NameLetters: Equatable {
    /// Over the letters, digits and signs of ASCII, in whatever order they stand.
    private var sum: UInt64 = 0

    /// Nil for a Name that cannot be read, or has a string with letters of two or four octets, or a SET or SEQUENCE
    /// without the bit that says constructed: OpenSSL reads those as if they had it.
    init?(_ name: Span<UInt8>) {
        var reader = DERReader(name)
        while !reader.isAtEnd {
            guard let tag = try? reader.nextTag(), tag != DERTag.universalString, tag != DERTag.bmpString,
                tag != DERTag.set ^ DERTag.constructedBit, tag != DERTag.sequence ^ DERTag.constructedBit,
                let contents = try? reader.enter(tag)
            else { return nil }
            guard tag & DERTag.constructedBit == 0 else { continue }
            for index in 0..<contents.count { add(contents[index]) }
            reader.skip(UInt32(truncatingIfNeeded: contents.count))
        }
    }

    private mutating func add(_ octet: UInt8) {
        guard octet > UInt8(ascii: " "), octet <= UInt8(ascii: "~") else { return }
        let letter = UInt64(octet.lowercased)
        sum &+= letter &* letter &+ 1 << 32
    }
}
