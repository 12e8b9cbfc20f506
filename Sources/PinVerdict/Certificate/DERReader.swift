/// Identifier octets of the types that a certificate is made of (X.690, section 8.1.2; RFC 5280, appendix A).
enum DERTag {
    static var boolean: UInt8 { 0x01 }
    static var integer: UInt8 { 0x02 }
    static var bitString: UInt8 { 0x03 }
    static var octetString: UInt8 { 0x04 }
    static var null: UInt8 { 0x05 }
    static var objectIdentifier: UInt8 { 0x06 }
    static var enumerated: UInt8 { 0x0a }
    static var utcTime: UInt8 { 0x17 }
    static var generalizedTime: UInt8 { 0x18 }
    static var sequence: UInt8 { 0x30 }
    static var set: UInt8 { 0x31 }
    static func primitiveContext(_ number: UInt8) -> UInt8 { 0x80 | number }
    static func constructedContext(_ number: UInt8) -> UInt8 { 0xa0 | number }

    static var constructedBit: UInt8 { 0x20 }
    static var classBits: UInt8 { 0xc0 }
    /// Low five bits of an identifier octet whose tag number follows in further octets.
    static var highNumber: UInt8 { 0x1f }
}

/// Where an element lies: offsets into the span that the reader was made over.
struct DERElement: BitwiseCopyable {
    var tag: UInt8
    /// Of the identifier octet.
    var start: Int
    /// Of the first octet of the contents.
    var contents: Int
    /// One past the last octet.
    var end: Int
}

/// A strict DER cursor over borrowed bytes: it reads elements one after the other, copies nothing, and
/// throws at the first octet that DER does not allow. Lengths are definite, minimal, at most three octets
/// (a certificate has at most 1 MiB).
struct DERReader: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var position: Int
    let end: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// A reader over the contents of an element that a reader over the same bytes returned.
    @_lifetime(copy reader)
    init(_ reader: borrowing DERReader, inside element: DERElement) {
        bytes = reader.bytes
        position = element.contents
        end = element.end
    }

    var isAtEnd: Bool { position == end }

    /// The identifier octet of the next element; nil at the end.
    var nextTag: UInt8? { position < end ? bytes[position] : nil }

    mutating func element(_ tag: UInt8) throws(MalformedDER) -> DERElement {
        guard position < end else { throw .truncated }
        guard bytes[position] == tag else { throw .unexpectedTag }
        return try anyElement()
    }

    mutating func anyElement() throws(MalformedDER) -> DERElement {
        let start = position
        guard end - start >= 2 else { throw .truncated }
        let tag = bytes[start]
        guard tag & DERTag.highNumber != DERTag.highNumber else { throw .unexpectedTag }
        var contents = start + 2
        var length = Int(bytes[start + 1])
        if length >= 0x80 {
            let octets = length & 0x7f
            guard octets != 0 else { throw .indefiniteLength }
            guard octets <= 3 else { throw .tooLarge }
            guard end - contents >= octets else { throw .truncated }
            length = 0
            for offset in 0..<octets {
                length = length << 8 | Int(bytes[contents + offset])
            }
            contents += octets
            let smallest = octets == 1 ? 0x80 : 1 << (8 * (octets - 1))
            guard length >= smallest else { throw .nonMinimalLength }
        }
        guard length <= end - contents else { throw .truncated }
        position = contents + length
        return DERElement(tag: tag, start: start, contents: contents, end: position)
    }

    /// Goes back into an element that this reader has just returned, to read what it contains.
    mutating func rewind(to contents: Int) { position = contents }

    func requireEnd() throws(MalformedDER) {
        guard isAtEnd else { throw .trailingBytes }
    }

    /// An INTEGER or ENUMERATED has at least one octet, and its first nine bits are not all alike.
    func requireInteger(_ element: DERElement) throws(MalformedDER) {
        guard element.end > element.contents else { throw .emptyInteger }
        guard element.end - element.contents > 1 else { return }
        let first = bytes[element.contents]
        let second = bytes[element.contents + 1]
        guard !(first == 0 && second < 0x80), !(first == 0xff && second >= 0x80) else { throw .nonMinimalInteger }
    }

    /// An OBJECT IDENTIFIER has at least one subidentifier, none begins with 0x80, and the last one is whole.
    func requireObjectIdentifier(_ element: DERElement) throws(MalformedDER) {
        var startsSubidentifier = true
        for offset in element.contents..<element.end {
            let octet = bytes[offset]
            if startsSubidentifier, octet == 0x80 { throw .malformedObjectIdentifier }
            startsSubidentifier = octet < 0x80
        }
        guard element.end > element.contents, startsSubidentifier else { throw .malformedObjectIdentifier }
    }

    /// A BIT STRING of whole octets: the first octet of its contents counts the unused bits.
    func requireWholeOctets(_ element: DERElement) throws(MalformedDER) {
        guard element.end > element.contents else { throw .truncated }
        guard bytes[element.contents] == 0 else { throw .unusedBits }
    }
}
