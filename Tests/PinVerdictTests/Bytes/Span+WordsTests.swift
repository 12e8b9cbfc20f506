// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct BytesTests {
    @Test func `equality`() {
        for count in 0...40 {
            let left = [UInt8](repeating: 7, count: count)
            var right = left
            #expect(areEqual(left, right))
            for index in right.indices {
                right[index] ^= 0x80
                #expect(!areEqual(left, right))
                right[index] = 7
            }
            right.append(7)
            #expect(!areEqual(left, right))
        }
    }

    /// Eight bytes at a time, wherever they stand and however many there are.
    @Test func `words`() {
        for size in 1...20 {
            let bytes = (1...size).map { UInt8($0) }
            for offset in 0..<size {
                for count in 1...min(8, size - offset) {
                    var expected: UInt64 = 0
                    for index in 0..<count { expected |= UInt64(bytes[offset + index]) << (8 * index) }
                    let word = bytes.span.word(at: offset, count: count)
                    #expect(word == expected, "\(count) of \(size) from \(offset)")
                    if count == 8 { #expect(bytes.span.word(at: offset) == expected) }
                }
            }
        }
    }

    @Test(arguments: [("policy", true), ("Policy", false), ("policy ", false), ("polic", false), ("", false)])
    func `equality with text of the source`(_ text: String, _ expected: Bool) {
        let bytes = text.bytes
        let equal = isEqual(bytes.span, "policy")
        #expect(equal == expected)
    }

    private func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { isEqual(left.span, right.span) }

    @Test func `letters and digits are ASCII alone`() {
        for byte in UInt8.min...UInt8.max {
            let character = byte < 0x80 ? Character(UnicodeScalar(byte)) : "\u{80}"
            #expect(byte.isDigit == ("0"..."9").contains(character))
            #expect(byte.isLowerLetter == ("a"..."z").contains(character))
            #expect(byte.isUpperLetter == ("A"..."Z").contains(character))
            #expect(byte.isSpace == (character == " " || character == "\t"))
            #expect(byte.lowercased == (byte.isUpperLetter ? byte + 32 : byte))
            #expect(byte.hexValue == (character.isASCII ? character.hexDigitValue.map { UInt8($0) } : nil))
        }
    }
}
