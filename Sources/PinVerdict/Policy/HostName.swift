/// A host name or IP address in canonical form: of two that mean the same host the bytes are the same.
///
/// Names: ASCII letters folded to lower case, one trailing dot removed, labels of 1 to 63 letters, digits,
/// `-` and `_`, 253 bytes in all (RFC 1035, 2.3.4; the underscore is in real names). A last label that is
/// all digits, or begins with `0x`, would be an address to getaddrinfo: it has to end a strict dotted quad.
/// Addresses: by value, in their canonical spelling; of IPv6, brackets and zone are stripped.
public struct HostName {
    public static var maximumLength: Int { 253 }

    private var storage = InlineArray<256, UInt8>(repeating: 0)
    public private(set) var count = 0
    public private(set) var isAddress = false
    /// ``hash(_:)`` of the text.
    private(set) var hash: UInt64 = HostName.emptyHash

    /// Nil for anything that is neither.
    @inline(__always)
    public init?(_ spelling: Span<UInt8>) {
        guard spelling.count > 0, spelling.count <= 320 else { return nil }
        guard fold(spelling) || adoptV6(spelling) else { return nil }
    }

    /// The canonical text.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        @inline(__always)
        get { storage.span.extracting(0..<count) }
    }

    public subscript(index: Int) -> UInt8 {
        @inline(__always) get { storage[index] }
    }

    /// A copy of the canonical text.
    public var text: ASCIIText<256> { ASCIIText(storage, count: count) }

    /// Takes a name or an IPv4 address; false for anything else.
    private mutating func fold(_ spelling: Span<UInt8>) -> Bool {
        var end = spelling.count
        if spelling[end - 1] == 0x2e { end -= 1 }
        guard end > 0, end <= HostName.maximumLength else { return false }
        var hash = HostName.emptyHash
        var labelStart = 0
        var isNumeric = true
        for index in 0..<end {
            let byte = spelling[index].lowercased
            if byte == 0x2e {
                guard index > labelStart, index - labelStart <= 63 else { return false }
                labelStart = index + 1
                isNumeric = true
            } else if !byte.isDigit {
                guard byte.isLowerLetter || byte == 0x2d || byte == 0x5f else { return false }
                // What getaddrinfo takes for a hexadecimal number begins with 0x.
                let isHexadecimal = byte == 0x78 && index == labelStart + 1 && spelling[labelStart] == 0x30
                if !isHexadecimal { isNumeric = isNumeric && isPastHexadecimal(labelStart, index) }
            }
            storage[index] = byte
            hash = HostName.mix(hash, byte)
        }
        guard end > labelStart, end - labelStart <= 63 else { return false }
        count = end
        self.hash = hash
        guard isNumeric else { return true }
        guard let address = IPAddress(v4: span) else { return false }
        adopt(address)
        return true
    }

    /// Whether the label that is being read began with `0x`.
    private func isPastHexadecimal(_ labelStart: Int, _ index: Int) -> Bool {
        index > labelStart + 1 && storage[labelStart] == 0x30 && storage[labelStart + 1] == 0x78
    }

    private mutating func adoptV6(_ spelling: Span<UInt8>) -> Bool {
        for index in spelling.indices where spelling[index] == 0x3a {
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
        hash = HostName.hash(span)
    }

    /// An IPv6 address, bare or in brackets, with or without a zone (RFC 6874 has the zone inside them).
    private static func v6(_ spelling: Span<UInt8>) -> IPAddress? {
        var start = 0
        var end = spelling.count
        if spelling[0] == 0x5b {
            guard spelling[end - 1] == 0x5d else { return nil }
            start = 1
            end -= 1
        }
        for index in start..<end where spelling[index] == 0x25 {
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
            guard byte.isLowerLetter || byte.isDigit || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e
                || byte == 0x25
            else { return false }
        }
        return true
    }

    // FNV-1a: the table's keys come from a policy file, whose author is trusted.
    private static var emptyHash: UInt64 { 0xcbf2_9ce4_8422_2325 }
    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = emptyHash
        for index in bytes.indices { hash = mix(hash, bytes[index]) }
        return hash
    }
}
