// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct NameLettersTests {
    private static func name(_ tag: UInt8, _ text: [UInt8]) -> [UInt8] {
        DER.sequence(DER.set(DER.sequence(DER.objectIdentifier("2.5.4.3"), DER.element(tag, text))))
    }

    private static let authority = name(0x0c, "An Authority".bytes)

    @Test(arguments: [
        authority, name(0x13, "An Authority".bytes), name(0x0c, "an authority".bytes), name(0x0c, "AnAuthority".bytes),
        name(0x0c, "  An   Authority ".bytes), name(0x0c, "An Authorit\u{e9}y".bytes),
    ])
    func `spellings of one name`(_ spelling: [UInt8]) {
        #expect(NameLetters(spelling.span) == NameLetters(Self.authority.span))
        #expect(NameLetters(spelling.span) != nil)
    }

    @Test(arguments: [
        name(0x0c, "Another Authority".bytes), name(0x0c, "An Authority.".bytes), name(0x0c, []), DER.sequence(), [],
        name(0x0c, [UInt8](repeating: 0x7e, count: 1_000_000)),
    ])
    func `other names`(_ other: [UInt8]) {
        #expect(NameLetters(other.span) != NameLetters(Self.authority.span))
        #expect(NameLetters(other.span) != nil)
    }

    /// In a string of wider characters an octet that looks like a letter need not be one.
    @Test(arguments: [
        name(0x1e, [0x41, 0x42]), name(0x1c, [0, 0, 0x41, 0x42]), [0x30], [0x30, 0x80, 0, 0], [0x30, 0x05, 0x31],
        [0x30, 0x02, 0x1f, 0x00], Array(authority.dropLast()),
        [0x30, 0x02, 0x11, 0x00], [0x30, 0x04, 0x31, 0x02, 0x10, 0x00],
    ])
    func `what cannot be told`(_ name: [UInt8]) {
        #expect(NameLetters(name.span) == nil)
    }

    /// A backend to which all names are one is not asked about names of different letters.
    @Test func `only names of the same letters are given to a library`() {
        struct Credulous: TLSBackend {
            func isSignature(_: Span<UInt8>, of _: Span<UInt8>, by _: Span<UInt8>) -> Bool? { nil }
            func sha256(_ bytes: Span<UInt8>) -> Digest? { nil }
            func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? { nil }
            func isKey(_ info: Span<UInt8>) -> Bool? { nil }
            func isSignature(_: Span<UInt8>, ofDigest _: Digest, byKey _: Span<UInt8>) -> Bool { false }
            func withSubjectPublicKeyInfo<Result>(
                of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
            ) -> Result? { nil }
            func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool { true }
        }
        let pairs = [
            (Self.name(0x13, "An Authority".bytes), true), (Self.name(0x0c, "Another Authority".bytes), false),
            (Self.name(0x1e, [0x41, 0x42]), true),
        ]
        for (name, isGiven) in pairs {
            #expect(Credulous().areOneName(name.span, Self.authority.span) == isGiven)
        }
    }
}
