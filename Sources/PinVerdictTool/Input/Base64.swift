// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Base64 {
    static func text<Octets: Sequence<UInt8>>(_ octets: Octets) -> String {
        var text = ""
        var group: UInt32 = 0
        var pending = 0
        func append(_ count: Int) {
            for place in 0..<4 {
                let value = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place) & 63)
                text.unicodeScalars.append(place <= count ? Unicode.Scalar(character(for: value)) : "=")
            }
        }
        for octet in octets {
            group |= UInt32(octet) << UInt32(16 - 8 * pending)
            pending += 1
            guard pending == 3 else { continue }
            append(3)
            group = 0
            pending = 0
        }
        if pending > 0 { append(pending) }
        return text
    }

    /// Decodes text that may be broken into lines.
    static func octets(_ text: Span<UInt8>) throws(Malformed) -> [UInt8] {
        var characters: [UInt8] = []
        characters.reserveCapacity(text.count)
        for index in text.indices where !text[index].isBlank { characters.append(text[index]) }
        var octets: [UInt8] = []
        octets.reserveCapacity(characters.count / 4 * 3)
        try decode(characters.span) { octets.append($0) }
        return octets
    }
}

extension UInt8 {
    /// White space, line ends included.
    var isBlank: Bool { self == UInt8(ascii: " ") || self >= UInt8(ascii: "\t") && self <= UInt8(ascii: "\r") }
}
