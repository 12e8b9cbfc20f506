// SPDX-License-Identifier: Apache-2.0

/// A DirectoryString, whose letters may have one octet, two or four (RFC 5280, section 4.1.2.4).
enum DirectoryText {
    private static let bmpString: UInt8 = 0x1e
    private static let universalString: UInt8 = 0x1c

    /// In UTF-8, or as it stands.
    static func octets(_ element: DERElement) -> ArraySlice<UInt8> {
        switch element.tag {
        case bmpString: text(element.content, width: 2)
        case universalString: text(element.content, width: 4)
        default: element.content
        }
    }

    private static func text(_ octets: ArraySlice<UInt8>, width: Int) -> ArraySlice<UInt8> {
        var text = String.UnicodeScalarView()
        for start in stride(from: octets.startIndex, to: octets.endIndex - width + 1, by: width) {
            let value = octets[start..<(start + width)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            text.append(Unicode.Scalar(value) ?? "\u{fffd}")
        }
        return Array(String(text).utf8)[...]
    }
}
