// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct SubjectPublicKeyInfoTests {
    private static let rsa = DER.objectIdentifier("1.2.840.113549.1.1.1")

    @Test(arguments: [[], [0x42], [UInt8](0...200)] as [[UInt8]])
    func `the bare key is what the bit string holds`(_ key: [UInt8]) throws {
        let bytes = makeKey(Self.rsa, DER.null, key: key)
        let info = try SubjectPublicKeyInfo(bytes.span)
        #expect([UInt8](info.key) == key)
    }

    @Test(
        arguments: [
            (makeKey(rsa), nil),
            (makeKey(rsa, DER.null), nil),
            (makeKey(rsa, DER.null + DER.null), .trailingBytes),
            (makeKey(rsa, DER.null) + [0], .trailingBytes),
            (makeKey([]), .truncated),
            (makeKey(DER.null), .unexpectedTag),
            (DER.sequence(), .truncated),
            (DER.sequence(DER.sequence(rsa)), .truncated),
            (DER.sequence(DER.bitString([1])), .unexpectedTag),
            (DER.sequence(DER.sequence(rsa), DER.octetString([1])), .unexpectedTag),
            (DER.sequence(DER.sequence(rsa), DER.bitString([1]), DER.null), .trailingBytes),
            (DER.sequence(DER.sequence(rsa), DER.bitString([0xf0], unused: 4)), .unusedBits),
            (DER.sequence(DER.sequence(rsa), DER.element(0x03)), .truncated),
            (DER.sequence(DER.sequence(rsa), DER.element(0x23, DER.bitString([1]))), .unexpectedTag),
            (DER.set(DER.sequence(rsa), DER.bitString([1])), .unexpectedTag),
            (makeKey(DER.element(0x06)), .malformedObjectIdentifier),
            (makeKey(DER.element(0x06, [0x2a, 0x80, 1])), .malformedObjectIdentifier),
            ([], .truncated),
        ] as [([UInt8], MalformedDER?)])
    func `structure`(_ bytes: [UInt8], _ expected: MalformedDER?) {
        #expect(readError { () throws(MalformedDER) in _ = try SubjectPublicKeyInfo(bytes.span) } == expected)
    }

    @Test(
        arguments: [
            (makeKey(DER.objectIdentifier("1.3.101.110")), [0x2b, 0x65, 0x6e]),
            (makeKey(rsa, DER.null), DER.contents(rsa)),
            (makeKey(DER.element(0x06)), nil),
            (DER.sequence(), nil),
        ] as [([UInt8], [UInt8]?)])
    func `the algorithm's identifier`(_ bytes: [UInt8], _ expected: [UInt8]?) {
        var identifier: [UInt8]?
        if let found = try? SubjectPublicKeyInfo.algorithmIdentifier(in: bytes.span) { identifier = [UInt8](found) }
        #expect(identifier == expected)
    }
}
