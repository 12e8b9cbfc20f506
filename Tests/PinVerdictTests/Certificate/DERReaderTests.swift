// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct DERReaderTests {
    /// Identifier and length octets, then how many octets of contents follow them.
    struct Header: Sendable {
        let octets: String
        let contents: Int
        let error: MalformedDER?

        init(_ octets: String, _ contents: Int, _ error: MalformedDER? = nil) {
            self.octets = octets
            self.contents = contents
            self.error = error
        }
    }

    @Test(arguments: [
        Header("04 00", 0), Header("04 01", 1), Header("04 7f", 127),
        Header("04 81 80", 128), Header("04 81 ff", 255), Header("04 82 01 00", 256), Header("04 82 ff ff", 65535),
        Header("04 83 01 00 00", 65536), Header("04 83 10 00 00", 1 << 20),
        // Nothing, or not all of it, is there.
        Header("", 0, .truncated), Header("04", 0, .truncated), Header("04 01", 0, .truncated),
        Header("04 7f", 126, .truncated), Header("04 81", 0, .truncated), Header("04 82 01", 0, .truncated),
        Header("04 83 01 00", 0, .truncated), Header("04 81 80", 127, .truncated),
        Header("04 83 ff ff ff", 100, .truncated),
        // X.690, 10.1: definite, in the fewest octets.
        Header("04 80", 2, .indefiniteLength), Header("24 80", 2, .indefiniteLength),
        Header("04 81 00", 0, .nonMinimalLength), Header("04 81 7f", 127, .nonMinimalLength),
        Header("04 82 00 80", 128, .nonMinimalLength), Header("04 82 00 ff", 255, .nonMinimalLength),
        Header("04 83 00 01 00", 256, .nonMinimalLength), Header("04 83 00 00 00", 0, .nonMinimalLength),
        // More than three length octets, 127 of them included, and the reserved 0xff.
        Header("04 84 00 00 00 01", 1, .tooLarge), Header("04 84 01 00 00 00", 1, .tooLarge),
        Header("04 88 7f ff ff ff ff ff ff ff", 1, .tooLarge), Header("04 fe", 200, .tooLarge),
        Header("04 ff", 200, .tooLarge),
        // Tag numbers from 31 take further octets.
        Header("1f 01", 1, .unexpectedTag), Header("1f 81 01 01", 1, .unexpectedTag),
        Header("bf 1f 00", 0, .unexpectedTag),
    ])
    func `the header of an element`(_ header: Header) {
        let bytes = [UInt8](hex: header.octets) + [UInt8](repeating: 0x55, count: header.contents)
        var reader = DERReader(bytes.span)
        do throws(MalformedDER) {
            let tag = try reader.nextTag()
            let contents = try reader.element(tag)
            #expect(header.error == nil)
            #expect(tag == bytes[0])
            #expect(contents.count == header.contents)
            #expect(contents.range.end == bytes.count)
            #expect(Int(reader.position) == bytes.count)
        } catch {
            #expect(error == header.error)
            #expect(reader.position == 0, "a reader stays where the element that it refused begins")
        }
    }

    @Test func `elements follow one another`() throws {
        let bytes: [UInt8] = DER.integer(1) + DER.null + DER.sequence(DER.integer(2))
        var reader = DERReader(bytes.span)
        #expect(reader.isNext(DERTag.integer) == true)
        _ = try reader.element(DERTag.integer)
        #expect(reader.isNext(DERTag.integer) == false)
        _ = try reader.element(DERTag.null)
        var inside = try reader.element(DERTag.sequence)
        try reader.requireEnd()
        #expect(reader.isNext(0) == false)
        let integer = try inside.element(DERTag.integer)
        #expect(integer.count == 1 && integer[0] == 2)
        #expect(integer.position == 9 && integer.end == 10)
        try inside.requireEnd()
    }

    @Test func `an element of another type is not read`() throws {
        let bytes = DER.null
        var reader = DERReader(bytes.span)
        let error = readError { () throws(MalformedDER) in _ = try reader.element(DERTag.integer) }
        #expect(error == .unexpectedTag)
        #expect(reader.position == 0)
    }

    @Test func `no element reaches past the one that contains it`() throws {
        // SEQUENCE { INTEGER of 2 octets, of which one is there }, then more bytes.
        let bytes: [UInt8] = [0x30, 0x03, 0x02, 0x02, 0x01, 0x05, 0x00]
        var reader = DERReader(bytes.span)
        var inside = try reader.element(DERTag.sequence)
        let error = readError { () throws(MalformedDER) in _ = try inside.element(DERTag.integer) }
        #expect(error == .truncated)
    }

    @Test func `an element that is entered is still to be read`() throws {
        let bytes: [UInt8] = DER.sequence(DER.integer(2)) + DER.null
        var reader = DERReader(bytes.span)
        let contents = try reader.enter(DERTag.sequence)
        #expect(contents.end == 5)
        _ = try reader.element(DERTag.integer)
        #expect(reader.position == contents.end)
        _ = try reader.element(DERTag.null)
        try reader.requireEnd()
    }

    @Test func `of more than 16 MiB nothing is read`() {
        let bytes: [UInt8] = DER.integer(1) + [UInt8](repeating: 0, count: 1 << 24)
        var reader = DERReader(bytes.span)
        let error = readError { () throws(MalformedDER) in _ = try reader.element(DERTag.integer) }
        #expect(error == .truncated)
    }

    @Test func `what is left over is reported`() throws {
        let bytes = DER.null + [0]
        var reader = DERReader(bytes.span)
        _ = try reader.element(DERTag.null)
        let error = readError { () throws(MalformedDER) in try reader.requireEnd() }
        #expect(error == .trailingBytes)
    }

    @Test(
        arguments: [
            ("02 01 00", nil), ("02 01 7f", nil), ("02 01 80", nil), ("02 01 ff", nil), ("02 02 00 80", nil),
            ("02 02 ff 7f", nil), ("02 02 01 00", nil), ("02 03 00 ff ff", nil),
            ("02 00", .emptyInteger),
            ("02 02 00 00", .nonMinimalInteger), ("02 02 00 7f", .nonMinimalInteger),
            ("02 02 ff 80", .nonMinimalInteger),
            ("02 02 ff ff", .nonMinimalInteger), ("02 03 00 00 80", .nonMinimalInteger),
        ] as [(String, MalformedDER?)])
    func `integers`(_ octets: String, _ expected: MalformedDER?) {
        #expect(
            elementError(octets) { contents throws(MalformedDER) in try contents.requireInteger() }
                == expected)
    }

    @Test(
        arguments: [
            ("06 01 2a", nil), ("06 03 2a 86 48", nil), ("06 03 2a 81 00", nil), ("06 01 00", nil),
            ("06 03 2a 81 80", .malformedObjectIdentifier),
            ("06 00", .malformedObjectIdentifier),
            // Subidentifiers that begin with a padding octet, and a last one that is cut off.
            ("06 01 80", .malformedObjectIdentifier), ("06 02 80 01", .malformedObjectIdentifier),
            ("06 03 2a 80 01", .malformedObjectIdentifier), ("06 02 2a 86", .malformedObjectIdentifier),
            // 0x80 goes on with a subidentifier that has begun before.
            ("06 04 2a 81 80 01", nil),
        ] as [(String, MalformedDER?)])
    func `object identifiers`(_ octets: String, _ expected: MalformedDER?) {
        #expect(
            elementError(octets) { contents throws(MalformedDER) in try contents.requireObjectIdentifier() }
                == expected)
    }

    @Test(
        arguments: [
            ("03 01 00", nil), ("03 02 00 ff", nil),
            ("03 00", .truncated), ("03 02 01 fe", .unusedBits), ("03 02 07 80", .unusedBits),
            ("03 02 08 00", .unusedBits),
            ("03 01 01", .unusedBits),
        ] as [(String, MalformedDER?)])
    func `bit strings of whole octets`(_ octets: String, _ expected: MalformedDER?) {
        #expect(
            elementError(octets) { contents throws(MalformedDER) in try contents.requireWholeOctets() }
                == expected)
    }

    private func elementError(
        _ octets: String, _ check: (borrowing DERReader) throws(MalformedDER) -> Void
    ) -> MalformedDER? {
        elementError([UInt8](hex: octets), check)
    }

    private func elementError(
        _ bytes: [UInt8], _ check: (borrowing DERReader) throws(MalformedDER) -> Void
    ) -> MalformedDER? {
        var reader = DERReader(bytes.span)
        return readError { () throws(MalformedDER) in
            let contents = try reader.element(try reader.nextTag())
            try check(contents)
        }
    }

    /// Identifiers of up to 20 octets, at the end of the bytes and before others, judged octet by octet too.
    @Test func `object identifiers of every length`() {
        let octets: [UInt8] = [0x80, 0x81, 0xff, 0x00, 0x2a]
        var numbers = RepeatableNumbers(seed: 6)
        var accepted = 0
        for round in 0..<20_000 {
            let contents = (0..<(round % 20 + 1)).map { _ in octets.randomElement(using: &numbers)! }
            var isWellFormed = contents.last! < 0x80
            for (index, octet) in contents.enumerated() where octet == 0x80 {
                if index == 0 || contents[index - 1] < 0x80 { isWellFormed = false }
            }
            if isWellFormed { accepted += 1 }
            for behind in [[], [0x80], [UInt8](repeating: 0x80, count: 9)] as [[UInt8]] {
                let error = elementError(DER.element(0x06, contents) + behind) { contents throws(MalformedDER) in
                    try contents.requireObjectIdentifier()
                }
                #expect(error == (isWellFormed ? nil : .malformedObjectIdentifier), "\(contents.hex)")
            }
        }
        #expect(accepted > 1000)
    }
}

/// What the body throws.
func readError(_ body: () throws(MalformedDER) -> Void) -> MalformedDER? {
    do throws(MalformedDER) {
        try body()
        return nil
    } catch {
        return error
    }
}
