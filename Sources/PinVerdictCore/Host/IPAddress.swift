// SPDX-License-Identifier: Apache-2.0

/// An IP address by its value. A v4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address that it maps.
struct IPAddress {
    enum Family { case v4, v6 }

    private(set) var family: Family
    /// The groups of an IPv6 address; an IPv4 address fills the last two.
    private var groups: InlineArray<8, UInt16>

    /// A strict dotted quad: four decimal numbers up to 255 without leading zeros. What else inet_aton takes
    /// (`0x7f.1`, `3221225991`) is no address here.
    init?(v4 text: Span<UInt8>) {
        guard let value = IPAddress.dottedQuad(text) else { return nil }
        self.init(v4: value)
    }

    private init(v4 value: UInt32) {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        groups[6] = UInt16(truncatingIfNeeded: value >> 16)
        groups[7] = UInt16(truncatingIfNeeded: value)
        self.init(.v4, groups)
    }

    private init(_ family: Family, _ groups: InlineArray<8, UInt16>) {
        self.family = family
        self.groups = groups
    }

    /// IPv6 text as in RFC 4291, 2.2, without brackets and zone.
    init?(v6 text: Span<UInt8>) {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap: Int? = nil  // how many groups stand before "::"
        var position = 0
        if text.count >= 2, text[0] == Self.colon, text[1] == Self.colon {
            gap = 0
            position = 2
        }
        while position < text.count {
            guard count < 8 else { return nil }
            let start = position
            var value: UInt16 = 0
            while position < text.count, let digit = text[position].hexValue {
                guard position - start < 4 else { return nil }
                value = value << 4 | UInt16(digit)
                position += 1
            }
            if position < text.count, text[position] == Self.dot {
                guard count <= 6, let quad = Self.dottedQuad(text.extracting(start..<text.count)) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: quad >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: quad)
                count += 2
                position = text.count
                break
            }
            guard position > start else { return nil }
            groups[count] = value
            count += 1
            guard position < text.count else { break }
            guard text[position] == Self.colon else { return nil }
            position += 1
            guard position < text.count else { return nil }  // a single colon at the end
            if text[position] == Self.colon {
                guard gap == nil else { return nil }
                gap = count
                position += 1
            }
        }
        if let gap {
            guard count < 8 else { return nil }
            let moved = count - gap
            for offset in 0..<moved {
                groups[7 - offset] = groups[count - 1 - offset]
                if count - 1 - offset < 8 - moved { groups[count - 1 - offset] = 0 }
            }
        } else {
            guard count == 8 else { return nil }
        }
        let isMapped = groups[0] | groups[1] | groups[2] | groups[3] | groups[4] == 0 && groups[5] == 0xffff
        if isMapped {
            self.init(v4: UInt32(groups[6]) << 16 | UInt32(groups[7]))
        } else {
            self.init(.v6, groups)
        }
    }

    /// Appends the address in its one canonical spelling (RFC 5952, section 4), at most 39 bytes.
    func write<let capacity: Int>(to text: inout ASCIIText<capacity>) {
        if family == .v4 {
            let value = UInt32(groups[6]) << 16 | UInt32(groups[7])
            for octet in 0..<4 {
                if octet > 0 { text.append(Self.dot) }
                text.append(decimal: UInt64(value >> UInt32(24 - 8 * octet) & 0xff))
            }
            return
        }
        let zeros = longestRunOfZeros
        var index = 0
        while index < 8 {
            if zeros.count > 1, index == zeros.start {
                text.append("::")
                index += zeros.count
                continue
            }
            if index > 0, !(zeros.count > 1 && index == zeros.start + zeros.count) { text.append(Self.colon) }
            text.append(hex: groups[index])
            index += 1
        }
    }

    private var longestRunOfZeros: (start: Int, count: Int) {
        var longest = (start: 0, count: 0)
        var index = 0
        while index < 8 {
            let start = index
            while index < 8, groups[index] == 0 { index += 1 }
            if index - start > longest.count { longest = (start, index - start) }
            index += 1
        }
        return longest
    }

    private static var zero: UInt8 { UInt8(ascii: "0") }
    private static var colon: UInt8 { UInt8(ascii: ":") }
    private static var dot: UInt8 { UInt8(ascii: ".") }

    private static func dottedQuad(_ text: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var parts = 0
        var position = 0
        while true {
            let start = position
            var part: UInt32 = 0
            while position < text.count, position - start < 3 {
                let byte = text[position]  // read once: the memory is the caller's
                guard byte.isDigit else { break }
                part = part * 10 + UInt32(byte - zero)
                position += 1
            }
            guard position > start, part <= 255, position - start == 1 || text[start] != zero else { return nil }
            value = value << 8 | part
            parts += 1
            if parts == 4 { return position == text.count ? value : nil }
            guard position < text.count, text[position] == dot else { return nil }
            position += 1
        }
    }
}
