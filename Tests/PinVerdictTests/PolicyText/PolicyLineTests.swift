// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PolicyLineTests {
    /// What a line says, with its parts as text.
    enum Content: Equatable, Sendable {
        case nothing
        case section(String, String)
        case setting(String, String)
        case mistake(PolicyLine.Mistake)
    }

    @Test(
        arguments: [
            ("", .nothing), ("   ", .nothing), ("\t", .nothing), ("# comment", .nothing), ("  # comment", .nothing),
            ("#", .nothing), ("#key = value", .nothing), ("\r", .nothing), (" \t \r", .nothing), ("# ü", .nothing),
            // Settings.
            ("key = value", .setting("key", "value")), ("key=value", .setting("key", "value")),
            ("\t key\t=\t value \t", .setting("key", "value")), ("key = value\r", .setting("key", "value")),
            ("key =", .setting("key", "")), ("key = ", .setting("key", "")), ("key = a = b", .setting("key", "a = b")),
            ("key = a  b", .setting("key", "a  b")), ("a key = value", .setting("a key", "value")),
            ("key = [x]", .setting("key", "[x]")), ("key == value", .setting("key", "= value")),
            ("key = ü", .setting("key", "ü")),
            // A comment begins with # after white space; nothing else begins one.
            ("key = value # comment", .setting("key", "value")), ("key = value\t# comment", .setting("key", "value")),
            ("key = value#no", .setting("key", "value#no")), ("key = a#b # c", .setting("key", "a#b")),
            ("key = # comment", .setting("key", "")), ("key =#x", .setting("key", "#x")),
            ("key # comment = value", .mistake(.neither)),
            ("key = value ; x", .setting("key", "value ; x")), ("; comment", .mistake(.neither)),
            ("key = a;b", .setting("key", "a;b")),
            ("// comment", .mistake(.neither)),
            // Sections.
            ("[policy]", .section("policy", "")), ("[pin-set api]", .section("pin-set", "api")),
            (" [ host  a.b ] ", .section("host", "a.b")),
            ("[host a] # comment", .section("host", "a")), ("[host [::1]]", .section("host", "[::1]")),
            ("[host ::1]\r", .section("host", "::1")),
            ("[host a b]", .section("host", "a b")), ("[]", .section("", "")), ("[ ]", .section("", "")),
            ("[[policy]]", .section("[policy]", "")),
            ("[host a = b]", .section("host", "a = b")),
            ("[policy", .mistake(.noSectionEnd)), ("[", .mistake(.noSectionEnd)),
            ("[policy # ]", .mistake(.noSectionEnd)),
            ("[policy] x", .mistake(.textAfterSection)), ("[policy]x", .mistake(.textAfterSection)),
            ("[policy] = 1", .mistake(.textAfterSection)),
            ("[policy];", .mistake(.textAfterSection)), ("[policy]#x", .mistake(.textAfterSection)),
            // Neither.
            ("key", .mistake(.neither)), ("= value", .mistake(.noKey)), (" = ", .mistake(.noKey)),
            ("policy]", .mistake(.neither)),
            ("key: value", .mistake(.neither)), ("end", .mistake(.neither)),
            // Bytes that no line contains.
            ("key = a\0b", .mistake(.nul)), ("# \0", .mistake(.nul)), ("key = \u{01}", .mistake(.controlCharacter)),
            ("# \u{1b}[31m", .mistake(.controlCharacter)), ("key = a\rb", .mistake(.controlCharacter)),
            ("key\u{0c}= a", .mistake(.controlCharacter)),
            ("key = \u{7f}", .mistake(.controlCharacter)), ("\r\r", .mistake(.controlCharacter)),
            ("\u{feff}[policy]", .mistake(.byteOrderMark)), ("\u{feff}", .mistake(.byteOrderMark)),
        ] as [(String, Content)])
    func `one line`(_ line: String, _ expected: Content) {
        #expect(contents((line + "\n").bytes) == [expected])
    }

    @Test(
        arguments: [
            [0x80], [0xff], [0xc3], [0xc3, 0x28], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
            [0xe2, 0x82],
            [0x61, 0xfc, 0x62],
        ] as [[UInt8]])
    func `a line that is not UTF-8`(_ bytes: [UInt8]) {
        #expect(contents("# ".bytes + bytes + [0x0a]) == [.mistake(.notUTF8)])
        #expect(contents("key = ".bytes + bytes + [0x0a]) == [.mistake(.notUTF8)])
    }

    /// Control characters of ISO 6429, and what ends a line or turns its direction, in comments and in values.
    @Test func `characters that show a line other than it is`() {
        func contents(_ number: UInt32) -> [Content] {
            let character = String(Character(Unicode.Scalar(number)!))
            let texts = ["# \(character)\n", "# x\(character)x\n", "key = x\(character)\n"].map {
                self.contents($0.bytes)
            }
            #expect(texts[0] == texts[1])
            #expect(texts[2].count == 1 && (texts[2] == texts[0]) == (texts[0] != [.nothing]))
            return texts[0]
        }
        for number in UInt32(0x80)...0x9f { #expect(contents(number) == [.mistake(.controlCharacter)]) }
        for number in [UInt32](0x2028...0x202e) + (0x2066...0x2069) {
            #expect(contents(number) == [.mistake(.turningCharacter)])
        }
        for number: UInt32 in [0xa0, 0xfc, 0x17f, 0x2027, 0x202f, 0x2065, 0x206a, 0x20a8, 0x3028, 0xe028, 0x1_0028] {
            #expect(contents(number) == [.nothing])
        }
    }

    @Test func `lines are counted from 1, with either end`() {
        let text = "[policy]\r\n\n# x\n\r\nserial = 1\n".bytes
        var lines = PolicyLineReader(text.span)
        var seen: [Int] = []
        var starts: [Int] = []
        while let line = lines.next() {
            seen.append(line.number)
            starts.append(line.start)
        }
        #expect(seen == [1, 2, 3, 4, 5])
        #expect(starts == [0, 10, 11, 15, 17])
    }

    @Test func `a mark in another line is not one of byte order`() {
        #expect(contents("# x\n\u{feff}\n".bytes) == [.nothing, .mistake(.neither)])
    }

    /// A file cut short should not load.
    @Test(arguments: ["key = value", "[policy]", "#", " ", "key = value\r", "key = \u{01}"])
    func `the last line ends with a line end`(_ line: String) {
        #expect(contents(line.bytes) == [.mistake(.cutShort)])
        #expect(contents(("# x\n" + line).bytes) == [.nothing, .mistake(.cutShort)])
    }

    @Test func `nothing is no line`() {
        #expect(contents([]) == [])
    }

    @Test func `a line has at most 4096 bytes, its end included`() {
        for end in ["\n", "\r\n"] {
            let longest = "#" + String(repeating: "x", count: 4095 - end.utf8.count) + end
            #expect(longest.utf8.count == 4096)
            #expect(contents(longest.bytes) == [.nothing])
            #expect(contents(("#" + longest).bytes) == [.mistake(.tooLong)])
        }
        let endless = [UInt8](repeating: 0x41, count: 1 << 20)
        #expect(contents(endless) == [.mistake(.tooLong)])
    }

    private func contents(_ text: [UInt8]) -> [Content] {
        var lines = PolicyLineReader(text.span)
        var contents: [Content] = []
        func part(_ range: ByteRange) -> String { String(text.span.extracting(range)) }
        while let line = lines.next() {
            switch line.content {
            case .nothing: contents.append(.nothing)
            case .section(let name, let argument): contents.append(.section(part(name), part(argument)))
            case .setting(let key, let value): contents.append(.setting(part(key), part(value)))
            case .mistake(let mistake): contents.append(.mistake(mistake))
            }
        }
        return contents
    }
}
