// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct ASCIITextTests {
    @Test(
        arguments: [
            (0, "0"), (7, "7"), (10, "10"), (909, "909"), (UInt64.max, "18446744073709551615"),
        ] as [(UInt64, String)])
    func `decimal numbers`(_ number: UInt64, _ expected: String) {
        var text = ASCIIText<32>()
        text.append(decimal: number)
        #expect(String(text.span) == expected)
    }

    @Test(
        arguments: [
            (0, "0"), (9, "9"), (10, "a"), (0x10, "10"), (0xff, "ff"), (0xabcd, "abcd"), (0xffff, "ffff"),
        ] as [(UInt16, String)])
    func `hexadecimal numbers`(_ number: UInt16, _ expected: String) {
        var text = ASCIIText<32>()
        text.append(hex: number)
        #expect(String(text.span) == expected)
    }

    @Test func `what does not fit is dropped`() {
        var text = ASCIIText<4>()
        text.append("abc")
        #expect(!text.isTruncated && text.count == 3)
        text.append("d")
        #expect(!text.isTruncated)
        text.append("ef")
        #expect(text.isTruncated)
        #expect(String(text.span) == "abcd")
        #expect(text[3] == 0x64)
    }

    @Test(arguments: [
        ("", "\"\""), ("abc", "\"abc\""), ("abcdef", "\"abcdef\""), ("abcdefg", "\"abcdef...\""),
        ("a\nb\0", "\"a\\x0ab\\x00\""), ("ü", "\"\\xc3\\xbc\""), ("\u{7f}", "\"\\x7f\""), ("\u{1b}[m", "\"\\x1b[m\""),
    ])
    func `quoting what stands in a file`(_ found: String, _ expected: String) {
        var text = ASCIIText<64>()
        let bytes = found.bytes
        text.append(quoting: bytes.span, limit: 6)
        #expect(String(text.span) == expected)
    }
}
