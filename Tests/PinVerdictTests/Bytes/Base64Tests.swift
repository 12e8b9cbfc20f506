// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PinVerdictCore

@Suite struct Base64Tests {
    private func decoded(_ text: String) throws(Base64.Malformed) -> [UInt8] {
        let bytes = text.bytes
        var octets: [UInt8] = []
        try Base64.decode(bytes.span) { octets.append($0) }
        return octets
    }

    /// Foundation is the other opinion.
    @Test func `every length decodes`() throws {
        var numbers = RepeatableNumbers(seed: 5)
        for count in 0..<200 {
            let octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            #expect(try decoded(Data(octets).base64EncodedString()) == octets)
        }
    }

    @Test(
        arguments: [
            ("A", .length), ("AAA", .length), ("AAAAA", .length), ("AA A", .character(0x20)),
            ("AA-A", .character(0x2d)),
            ("A===", .padding), ("====", .padding), ("AA=A", .padding), ("AA==AAAA", .padding), ("AB==", .padding),
            ("AAB=", .padding), ("AAAA====", .padding),
        ] as [(String, Base64.Malformed)])
    func `what is not base64`(_ text: String, _ expected: Base64.Malformed) {
        #expect(throws: expected) { try decoded(text) }
    }

    @Test func `characters are values and back`() {
        for value in UInt8(0)..<64 { #expect(Base64.value(of: Base64.character(for: value)) == value) }
    }
}
