// SPDX-License-Identifier: Apache-2.0

/// Identifier octets of the types that a certificate is made of (X.690, section 8.1.2; RFC 5280, appendix A).
enum DERTag {
    static var boolean: UInt8 { 0x01 }
    static var integer: UInt8 { 0x02 }
    static var bitString: UInt8 { 0x03 }
    static var octetString: UInt8 { 0x04 }
    static var null: UInt8 { 0x05 }
    static var objectIdentifier: UInt8 { 0x06 }
    static var enumerated: UInt8 { 0x0a }
    static var universalString: UInt8 { 0x1c }
    static var bmpString: UInt8 { 0x1e }
    static var sequence: UInt8 { 0x30 }
    static var set: UInt8 { 0x31 }
    static func primitiveContext(_ number: UInt8) -> UInt8 { 0x80 | number }
    static func constructedContext(_ number: UInt8) -> UInt8 { 0xa0 | number }

    static var constructedBit: UInt8 { 0x20 }
    static var classBits: UInt8 { 0xc0 }
    /// Low five bits of an identifier octet whose tag number follows in further octets.
    static var highNumber: UInt8 { 0x1f }
}

/// A strict DER cursor over borrowed bytes: it reads elements one after the other, each as a reader over its
/// contents, copies nothing, and throws at the first octet that DER does not allow. Lengths are definite, minimal,
/// at most three octets.
///
/// What a certificate's skeleton needs is inlined, since reading certificates is most of what a check does. Positions
/// are unsigned and far from overflow, so that they are added without a check. ``bytes`` ends where the reader does, so
/// that asking whether enough octets are left is the span's bounds check as well.
struct DERReader: ~Escapable {
    /// The bytes of the outermost reader, as far as this one goes.
    let bytes: Span<UInt8>
    /// The next octet, counted from the first byte of the outermost reader.
    private(set) var position: UInt32

    /// Of 16 MiB or more nothing is read: a length of three octets cannot say so many.
    @inline(__always)
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        let count = bytes.count < 1 << 24 ? bytes.count : 0
        self.bytes = bytes.extracting(first: count)
        position = 0
        end = UInt32(truncatingIfNeeded: count)
    }

    @inline(__always)
    @_lifetime(copy reader)
    private init(_ reader: borrowing DERReader, from position: UInt32, to end: UInt32) {
        bytes = reader.bytes.extracting(first: Int(end))
        self.position = position
        self.end = end
    }

    /// One past the last octet.
    let end: UInt32

    /// What has not been read yet.
    var range: ByteRange { ByteRange(start: position, end: end) }

    /// How much has not been read yet, in octets.
    var count: Int { Int(end &- position) }

    var isAtEnd: Bool {
        @inline(__always) get { position >= end }
    }

    /// The octet at an index that counts from the next one.
    subscript(index: Int) -> UInt8 {
        @inline(__always) get { bytes[Int(position) &+ index] }
    }

    /// Whether the next element has this identifier octet.
    @inline(__always)
    func isNext(_ tag: UInt8) -> Bool { !isAtEnd && self[0] == tag }

    /// The next element's identifier octet. Identifiers of several octets are refused.
    @inline(__always)
    func nextTag() throws(MalformedDER) -> UInt8 {
        guard Int(position) &+ 1 < bytes.count else { throw .truncated }
        guard self[0] & DERTag.highNumber != DERTag.highNumber else { throw .unexpectedTag }
        return self[0]
    }

    /// Reads one element, and returns its contents.
    @inline(__always)
    @_lifetime(copy self)
    mutating func element(_ tag: UInt8) throws(MalformedDER) -> DERReader {
        let contents = try contents(tag)
        position = contents.end
        return contents
    }

    /// The same, for what hardly any check reads: a call, and less code.
    @inline(never)
    @_lifetime(copy self)
    mutating func seldomElement(_ tag: UInt8) throws(MalformedDER) -> DERReader { try element(tag) }

    /// The one or the other, as the compiler can tell.
    @inline(__always)
    @_lifetime(copy self)
    mutating func element(_ tag: UInt8, isInlined: Bool) throws(MalformedDER) -> DERReader {
        isInlined ? try element(tag) : try seldomElement(tag)
    }

    /// Reads an element's identifier and length octets alone, and returns its contents, which are still to be read.
    @_lifetime(copy self)
    mutating func enter(_ tag: UInt8) throws(MalformedDER) -> DERReader {
        let contents = try contents(tag)
        position = contents.position
        return contents
    }

    /// Moves past octets that the caller has looked at.
    @inline(__always)
    mutating func skip(_ octets: UInt32) { position &+= octets }

    @inline(__always)
    @_lifetime(copy self)
    private func contents(_ tag: UInt8) throws(MalformedDER) -> DERReader {
        guard Int(position) &+ 1 < bytes.count else { throw .truncated }
        guard self[0] == tag else { throw .unexpectedTag }
        var start = position &+ 2
        var length = UInt32(self[1])
        if length >= Self.longForm { (start, length) = try longLength(length & ~Self.longForm) }
        guard Int(start) &+ Int(length) <= bytes.count else { throw .truncated }
        return DERReader(self, from: start, to: start &+ length)
    }

    /// The bit of a first length octet that says that so many octets with the length follow (X.690, 8.1.3.5).
    private static var longForm: UInt32 { 0x80 }

    /// The long form: where the contents begin, and their length.
    @inline(__always)
    private func longLength(_ octets: UInt32) throws(MalformedDER) -> (UInt32, UInt32) {
        guard octets > 0 else { throw .indefiniteLength }
        guard octets <= 3 else { throw .tooLarge }
        let start = position &+ 2 &+ octets
        guard Int(start) <= bytes.count else { throw .truncated }
        var length = UInt32(self[2])
        guard length != 0 else { throw .nonMinimalLength }
        guard octets > 1 || length >= Self.longForm else { throw .nonMinimalLength }
        if octets > 1 { length = length << 8 | UInt32(self[3]) }
        if octets > 2 { length = length << 8 | UInt32(self[4]) }
        return (start, length)
    }

    @inline(__always)
    func requireEnd() throws(MalformedDER) {
        guard isAtEnd else { throw .trailingBytes }
    }
}

/// Rules for the contents of an element.
extension DERReader {
    /// An INTEGER or ENUMERATED has at least one octet, and its first nine bits are not all alike (X.690, 8.3.2).
    @inline(__always)
    func requireInteger() throws(MalformedDER) {
        guard count >= 1 else { throw .emptyInteger }
        guard count >= 2 else { return }
        guard self[0] == 0 || self[0] == 0xff else { return }
        let isSecondNegative = self[1] & 0x80 != 0
        guard isSecondNegative == (self[0] == 0) else { throw .nonMinimalInteger }
    }

    /// An OBJECT IDENTIFIER has at least one subidentifier, none begins with 0x80, and the last one is whole
    /// (X.690, 8.19).
    @inline(__always)
    func requireObjectIdentifier() throws(MalformedDER) {
        let continuation: UInt8 = 0x80  // the bit of an octet that is not a subidentifier's last
        var previous: UInt8 = 0
        var index = Int(position)
        while index < bytes.count {
            let octet = bytes[index]
            if octet == continuation, previous & continuation == 0 { throw .malformedObjectIdentifier }
            previous = octet
            index &+= 1
        }
        guard !isAtEnd, previous & continuation == 0 else { throw .malformedObjectIdentifier }
    }

    /// A BIT STRING of whole octets: the first octet of its contents counts the unused bits.
    @inline(__always)
    func requireWholeOctets() throws(MalformedDER) {
        guard !isAtEnd else { throw .truncated }
        guard self[0] == 0 else { throw .unusedBits }
    }
}
