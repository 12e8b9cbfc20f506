/// Identifier octets of the types that a certificate is made of (X.690, section 8.1.2; RFC 5280, appendix A).
enum DERTag {
    static var boolean: UInt8 { 0x01 }
    static var integer: UInt8 { 0x02 }
    static var bitString: UInt8 { 0x03 }
    static var null: UInt8 { 0x05 }
    static var objectIdentifier: UInt8 { 0x06 }
    static var enumerated: UInt8 { 0x0a }
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

    var range: ByteRange { ByteRange(start, end) }
}

/// A strict DER cursor over borrowed bytes: it reads elements one after the other, copies nothing, and
/// throws at the first octet that DER does not allow. Lengths are definite, minimal, at most three octets
/// (a certificate has at most 1 MiB).
///
/// What a certificate's skeleton needs is inlined, and positions, which lie within at most 4 GiB, are added without
/// a check for overflow: reading certificates is most of what a check does. Every access is checked by the span.
struct DERReader: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var position: Int
    let end: Int

    @inline(__always)
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    /// A reader over the contents of an element that a reader over the same bytes returned.
    @inline(__always)
    @_lifetime(copy reader)
    init(_ reader: borrowing DERReader, inside element: DERElement) {
        bytes = reader.bytes
        position = element.contents
        end = element.end
    }

    var isAtEnd: Bool { position == end }

    /// Whether the next element has this identifier octet.
    @inline(__always)
    func isNext(_ tag: UInt8) -> Bool { position < end && bytes[position] == tag }

    @inline(__always)
    mutating func element(_ tag: UInt8) throws(MalformedDER) -> DERElement {
        guard end &- position >= 2 else { throw .truncated }
        guard bytes[position] == tag else { throw .unexpectedTag }
        return try readElement(tag)
    }

    @inline(__always)
    mutating func anyElement() throws(MalformedDER) -> DERElement {
        guard end &- position >= 2 else { throw .truncated }
        let tag = bytes[position]
        guard tag & DERTag.highNumber != DERTag.highNumber else { throw .unexpectedTag }
        return try readElement(tag)
    }

    /// The element at the position, whose identifier octet has been looked at and is not the last octet.
    @inline(__always)
    private mutating func readElement(_ tag: UInt8) throws(MalformedDER) -> DERElement {
        let start = position
        var contents = start &+ 2
        var length = Int(bytes[start &+ 1])
        if length >= 0x80 { (contents, length) = try longLength(length & 0x7f, at: contents) }
        guard length <= end &- contents else { throw .truncated }
        position = contents &+ length
        return DERElement(tag: tag, start: start, contents: contents, end: position)
    }

    /// The long form: where the contents begin, and their length.
    @inline(__always)
    private func longLength(_ octets: Int, at start: Int) throws(MalformedDER) -> (Int, Int) {
        guard octets > 0 else { throw .indefiniteLength }
        guard octets <= 3 else { throw .tooLarge }
        guard end &- start >= octets else { throw .truncated }
        var length = Int(bytes[start])
        guard length != 0 else { throw .nonMinimalLength }
        guard octets > 1 || length >= 0x80 else { throw .nonMinimalLength }
        if octets > 1 { length = length << 8 | Int(bytes[start &+ 1]) }
        if octets > 2 { length = length << 8 | Int(bytes[start &+ 2]) }
        return (start &+ octets, length)
    }

    /// Goes back into an element that this reader has just returned, to read what it contains.
    mutating func rewind(to contents: Int) { position = contents }

    @inline(__always)
    func requireEnd() throws(MalformedDER) {
        guard isAtEnd else { throw .trailingBytes }
    }

    /// An INTEGER or ENUMERATED has at least one octet, and its first nine bits are not all alike.
    @inline(__always)
    func requireInteger(_ element: DERElement) throws(MalformedDER) {
        guard element.end > element.contents else { throw .emptyInteger }
        guard element.end &- element.contents > 1 else { return }
        let first = bytes[element.contents]
        guard first == 0 || first == 0xff else { return }
        let isSecondHigh = bytes[element.contents &+ 1] >= 0x80
        guard isSecondHigh == (first == 0) else { throw .nonMinimalInteger }
    }

    /// An OBJECT IDENTIFIER has at least one subidentifier, none begins with 0x80, and the last one is whole.
    @inline(__always)
    func requireObjectIdentifier(_ element: DERElement) throws(MalformedDER) {
        var previous: UInt8 = 0
        var offset = element.contents
        while offset < element.end {
            let octet = bytes[offset]
            guard octet != 0x80 || previous >= 0x80 else { throw .malformedObjectIdentifier }
            previous = octet
            offset &+= 1
        }
        guard element.end > element.contents, previous < 0x80 else { throw .malformedObjectIdentifier }
    }

    /// A BIT STRING of whole octets: the first octet of its contents counts the unused bits.
    @inline(__always)
    func requireWholeOctets(_ element: DERElement) throws(MalformedDER) {
        guard element.end > element.contents else { throw .truncated }
        guard bytes[element.contents] == 0 else { throw .unusedBits }
    }
}
