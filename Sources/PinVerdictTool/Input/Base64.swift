/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
    static func text<Octets: Sequence<UInt8>>(_ octets: Octets) -> String {
        var text = ""
        var group: UInt32 = 0
        var pending = 0
        func append(_ count: Int) {
            for place in 0..<4 {
                let value = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place) & 63)
                text.unicodeScalars.append(place <= count ? Unicode.Scalar(letter(value)) : "=")
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

    private static func letter(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: value + 0x41
        case 26..<52: value - 26 + 0x61
        case 52..<62: value - 52 + 0x30
        case 62: 0x2b
        default: 0x2f
        }
    }

    /// Why text is not base64.
    enum Malformed: Error {
        case character(UInt8)
        case length
        case padding
    }

    /// Decodes text that may be broken into lines.
    static func octets(_ text: Span<UInt8>) throws(Malformed) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var count = 0
        var padding = 0
        for index in text.indices {
            let byte = text[index]
            if byte == 0x20 || byte >= 0x09 && byte <= 0x0d { continue }
            if byte == 0x3d {
                padding += 1
            } else {
                guard let value = value(byte) else { throw .character(byte) }
                guard padding == 0 else { throw .padding }
                group = group << 6 | UInt32(value)
            }
            count += 1
            guard count % 4 == 0 else { continue }
            guard padding <= 2 else { throw .padding }
            group <<= UInt32(6 * padding)
            guard group & (1 << UInt32(8 * padding) - 1) == 0 else { throw .padding }
            for place in 0..<(3 - padding) { octets.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * place))) }
            group = 0
            guard padding == 0 else {
                guard text.extracting((index + 1)..<text.count).isBlank else { throw .padding }
                return octets
            }
        }
        guard count % 4 == 0 else { throw .length }
        return octets
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5a: byte - 0x41
        case 0x61...0x7a: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }
}

extension Span where Element == UInt8 {
    /// White space and nothing else.
    var isBlank: Bool {
        for index in indices where !(self[index] == 0x20 || self[index] >= 0x09 && self[index] <= 0x0d) { return false }
        return true
    }
}
