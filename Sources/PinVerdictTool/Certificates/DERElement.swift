// SPDX-License-Identifier: Apache-2.0

/// One element of BER or DER, to tell what a file holds; a certificate is read by the core's strict reader.
struct DERElement {
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let identifier: UInt8 = 0x06
    static let sequence: UInt8 = 0x30

    let tag: UInt8
    let content: ArraySlice<UInt8>
    /// What stands behind it.
    let rest: ArraySlice<UInt8>

    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= 2 else { return nil }
        var start = bytes.startIndex + 2
        var length = Int(bytes[start - 1])
        if length >= 0x80 {
            let octets = length & 0x7f
            guard octets >= 1, octets <= 4, bytes.endIndex - start >= octets else { return nil }
            length = bytes[start..<(start + octets)].reduce(0) { $0 << 8 | Int($1) }
            start += octets
        }
        guard bytes.endIndex - start >= length else { return nil }
        tag = bytes[bytes.startIndex]
        content = bytes[start..<(start + length)]
        rest = bytes[(start + length)...]
    }

    /// The elements in it, up to the first that is none.
    var parts: [DERElement] { partsAndRest.parts }

    /// The elements in it; nil where it is not made of elements alone.
    var wholeParts: [DERElement]? {
        let (parts, rest) = partsAndRest
        return rest.isEmpty ? parts : nil
    }

    private var partsAndRest: (parts: [DERElement], rest: ArraySlice<UInt8>) {
        var parts: [DERElement] = []
        var rest = content
        while let part = DERElement(rest) {
            parts.append(part)
            rest = part.rest
        }
        return (parts, rest)
    }
}
