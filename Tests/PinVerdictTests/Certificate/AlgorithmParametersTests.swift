// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct AlgorithmParametersTests {
    /// Sequences in one another.
    private static func nested(_ depth: Int) -> [UInt8] {
        (0..<depth).reduce(into: []) { inner, _ in inner = DER.sequence(inner) }
    }

    @Test(
        arguments: [
            // As they are in real keys: none of these is judged by its meaning.
            (DER.null, nil), (DER.objectIdentifier("1.2.840.10045.3.1.7"), nil), (DER.integer(5), nil),
            (DER.sequence(), nil), (DER.set(), nil), (DER.octetString([]), nil), (DER.element(0x0c, "text".bytes), nil),
            (
                DER.sequence(DER.explicit(0, DER.sequence(DER.objectIdentifier("2.16.840.1.101.3.4.2.1"), DER.null))),
                nil
            ),
            (DER.sequence(DER.integer(0x7f), DER.sequence(DER.integer(0, 0xff), DER.integer(3)), DER.integer(1)), nil),
            (DER.element(0x80, [1, 2]), nil), (DER.element(0x41, [1]), nil), (DER.element(0xe1, DER.null), nil),
            (DER.element(0x0a, [1]), nil), (DER.element(0x01, [0]), nil), (DER.element(0x01, [0xff]), nil),
            (DER.bitString([0xf0], unused: 4), nil), (DER.bitString([]), nil),
            // Primitive types with a rule of their own.
            (DER.element(0x05, [0]), .malformedParameters),
            (DER.element(0x01), .malformedParameters), (DER.element(0x01, [1]), .malformedParameters),
            (DER.element(0x01, [0xff, 0xff]), .malformedParameters),
            (DER.integer(), .emptyInteger), (DER.integer(0, 5), .nonMinimalInteger),
            (DER.element(0x0a), .emptyInteger), (DER.element(0x0a, [0, 5]), .nonMinimalInteger),
            (DER.element(0x06), .malformedObjectIdentifier),
            (DER.element(0x06, [0x2a, 0x86]), .malformedObjectIdentifier),
            (DER.element(0x03), .malformedParameters), (DER.bitString([0xff], unused: 4), .malformedParameters),
            (DER.bitString([0], unused: 8), .malformedParameters), (DER.bitString([], unused: 1), .malformedParameters),
            // Types that are never primitive, or never constructed, in DER; end-of-contents octets.
            (DER.element(0x10), .malformedParameters), (DER.element(0x11), .malformedParameters),
            (DER.element(0x00), .malformedParameters), (DER.element(0x20), .malformedParameters),
            (DER.element(0x24, DER.octetString([1])), .malformedParameters),
            (DER.element(0x23, DER.bitString([1])), .malformedParameters),
            (DER.element(0x2c, DER.null), .malformedParameters),
            (DER.element(0x22, DER.integer(1)), .malformedParameters),
            // The same inside, and what is wrong with lengths there.
            (DER.sequence(DER.null, DER.element(0x05, [0])), .malformedParameters),
            (DER.explicit(1, DER.integer(0, 5)), .nonMinimalInteger),
            (DER.sequence([0x05, 0x81, 0x00]), .nonMinimalLength),
            (DER.sequence([0x30, 0x80, 0x05, 0x00, 0x00, 0x00]), .indefiniteLength),
            (DER.sequence([0x04, 0x84, 0, 0, 0, 0]), .tooLarge),
            (DER.sequence([0x05]), .truncated), (DER.sequence([0x04, 0x05, 0x00]), .truncated),
            (DER.sequence([0x1f, 0x21, 0x00]), .unexpectedTag),
            // A child longer than its parent, though not than the parent's parent.
            (DER.sequence([0x30, 0x02, 0x04, 0x03], [1, 2, 3]), .truncated),
            (nested(16), nil), (nested(17), .nestedTooDeep), (nested(40), .nestedTooDeep),
        ] as [([UInt8], MalformedDER?)])
    func `DER all the way down`(_ parameters: [UInt8], _ expected: MalformedDER?) {
        let bytes = makeKey(DER.objectIdentifier("1.3.6.1.4.1.55555.1"), parameters)
        let error = readError { () throws(MalformedDER) in _ = try SubjectPublicKeyInfo(bytes.span) }
        #expect(error == expected, "\(parameters.hex)")
    }

    @Test func `many elements side by side`() {
        let bytes = makeKey(
            DER.objectIdentifier("1.3.6.1.4.1.55555.1"),
            DER.sequence([UInt8]((0..<1000).map { _ in Self.nested(15) }.joined())))
        #expect(readError { () throws(MalformedDER) in _ = try SubjectPublicKeyInfo(bytes.span) } == nil)
    }
}
