// SPDX-License-Identifier: Apache-2.0

/// A host name or IP address in canonical form: spellings that mean the same host have the same bytes.
///
/// Names: ASCII letters folded to lower case, one trailing dot removed, labels of 1 to 63 letters, digits,
/// `-` and `_`, 253 bytes in all (RFC 1035, 2.3.4; the underscore is in real names). A last label that is
/// all digits, or begins with `0x`, would be an address to getaddrinfo: it has to end a strict dotted quad.
/// Addresses: by value, in their canonical spelling; of IPv6, brackets and zone are stripped.
public struct HostName {
    public static var maximumLength: Int { 253 }
    /// Bytes of a spelling: a name has fewer, but an IPv6 address in brackets may have a long zone.
    public static var maximumSpelling: Int { 320 }

    private var storage = InlineArray<256, UInt8>(repeating: 0)
    public private(set) var count = 0
    public private(set) var isAddress = false

    /// Nil where it is neither a host name nor an IP address.
    public init?(_ spelling: Span<UInt8>) {
        guard spelling.count > 0, spelling.count <= HostName.maximumSpelling else { return nil }
        guard adoptNameOrV4(spelling) || adoptV6(spelling) else { return nil }
    }

    /// The canonical text.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<count) }
    }

    public subscript(index: Int) -> UInt8 { storage[index] }

    /// A copy of the canonical text.
    public var text: ASCIIText<256> { ASCIIText(storage, count: count) }

    /// False where the spelling is neither a name nor an IPv4 address.
    private mutating func adoptNameOrV4(_ spelling: Span<UInt8>) -> Bool {
        guard let scan = HostNameScan(spelling) else { return false }
        count = scan.count
        for index in 0..<count { storage[index] = spelling[index].lowercased }
        guard scan.isNumeric else { return true }
        guard let address = IPAddress(v4: span) else { return false }
        adopt(address)
        return true
    }

    private mutating func adoptV6(_ spelling: Span<UInt8>) -> Bool {
        for index in spelling.indices where spelling[index] == UInt8(ascii: ":") {
            guard let address = HostName.v6(spelling) else { return false }
            adopt(address)
            return true
        }
        return false
    }

    private mutating func adopt(_ address: IPAddress) {
        var text = ASCIIText<256>()
        address.write(to: &text)
        storage = InlineArray(repeating: 0)
        for index in 0..<text.count { storage[index] = text[index] }
        count = text.count
        isAddress = true
    }

    /// An IPv6 address, bare or in brackets, with or without a zone (RFC 6874 has the zone inside them).
    private static func v6(_ spelling: Span<UInt8>) -> IPAddress? {
        var start = 0
        var end = spelling.count
        if spelling[0] == UInt8(ascii: "[") {
            guard spelling[end - 1] == UInt8(ascii: "]") else { return nil }
            start = 1
            end -= 1
        }
        for index in start..<end where spelling[index] == UInt8(ascii: "%") {
            guard isZone(spelling.extracting((index + 1)..<end)) else { return nil }
            end = index
            break
        }
        return IPAddress(v6: spelling.extracting(start..<end))
    }

    private static func isZone(_ zone: Span<UInt8>) -> Bool {
        guard zone.count > 0 else { return false }
        for index in zone.indices {
            let byte = zone[index].lowercased
            if byte.isLowerLetter || byte.isDigit { continue }
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"): continue
            default: return false
            }
        }
        return true
    }

    /// A hash of the text.
    static func hash(_ bytes: Span<UInt8>, _ seed: HostSeed) -> UInt64 {
        var hash = seed.first ^ UInt64(truncatingIfNeeded: bytes.count)
        let last = bytes.count &- 8
        guard last >= 0 else {
            var word: UInt64 = 0
            for index in bytes.indices { word = word << 8 | UInt64(bytes[index]) }
            return mix(hash, word, seed)
        }
        var offset = 0
        while offset < last {
            hash = mix(hash, bytes.word(at: offset), seed)
            offset &+= 8
        }
        return mix(hash, bytes.word(at: last), seed)
    }

    /// Both halves of a product: where they differ, they differ by what nobody knows.
    @inline(__always)
    private static func mix(_ hash: UInt64, _ word: UInt64, _ seed: HostSeed) -> UInt64 {
        let product = (word ^ seed.second).multipliedFullWidth(by: hash)
        return product.high ^ product.low
    }
}
