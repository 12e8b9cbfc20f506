// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct KeyAlgorithmTests {
    private static let ec = DER.objectIdentifier("1.2.840.10045.2.1")
    private static let p256 = DER.objectIdentifier("1.2.840.10045.3.1.7")

    @Test(
        arguments: [
            (makeKey(DER.objectIdentifier("1.2.840.113549.1.1.1"), DER.null), .rsa),
            (makeKey(DER.objectIdentifier("1.2.840.113549.1.1.1")), .rsa),
            (makeKey(ec, p256), .p256),
            (makeKey(ec, DER.objectIdentifier("1.3.132.0.34")), .p384),
            (makeKey(ec, DER.objectIdentifier("1.3.132.0.35")), .p521),
            (makeKey(DER.objectIdentifier("1.3.101.112")), .ed25519),
            (makeKey(DER.objectIdentifier("1.3.101.113")), .ed448),
            // Everything else has no bare-key pin: other curves, parameters that name none, other algorithms.
            (makeKey(ec, DER.objectIdentifier("1.3.132.0.10")), .other),  // secp256k1
            (makeKey(ec, DER.objectIdentifier("1.3.36.3.3.2.8.1.1.7")), .other),  // brainpoolP256r1
            (makeKey(ec, DER.sequence(DER.integer(1))), .other),  // explicit parameters
            (makeKey(ec, DER.octetString(DER.contents(p256))), .other),  // the curve's octets in another type
            (makeKey(ec, DER.null), .other),
            (makeKey(ec), .other),
            (makeKey(DER.objectIdentifier("1.2.840.113549.1.1.10"), DER.sequence()), .other),  // RSA-PSS
            (makeKey(DER.objectIdentifier("1.3.101.110")), .other),  // X25519
            (makeKey(DER.objectIdentifier("1.3.101.111")), .other),  // X448
            (makeKey(DER.objectIdentifier("2.16.840.1.101.3.4.3.17")), .other),  // ML-DSA-44
            (makeKey(p256), .other),
            // Identifiers that begin or end like known ones, and one too long for a packed number.
            (makeKey(DER.objectIdentifier("1.3.101")), .other),
            (makeKey(DER.objectIdentifier("1.3.101.112.0")), .other),
            (makeKey(DER.element(0x06, [0, 0x2b, 0x65, 0x70])), .other),
            (makeKey(DER.element(0x06, [UInt8](repeating: 1, count: 12) + [0x2b, 0x65, 0x70])), .other),
            (makeKey(DER.element(0x06, [UInt8](repeating: 1, count: 13) + [0x2b, 0x65, 0x70])), .other),
            (makeKey(DER.element(0x06, [UInt8](repeating: 0x2a, count: 300))), .other),
        ] as [([UInt8], KeyAlgorithm)])
    func `by identifier and curve`(_ bytes: [UInt8], _ expected: KeyAlgorithm) throws {
        #expect(try SubjectPublicKeyInfo(bytes.span).keyAlgorithm == expected)
    }

    @Test func `each has a name`() {
        let all = (UInt8(0)...6).map { KeyAlgorithm(rawValue: $0)!.description.description }
        #expect(all == ["other", "RSA", "EC P-256", "EC P-384", "EC P-521", "Ed25519", "Ed448"])
    }
}
