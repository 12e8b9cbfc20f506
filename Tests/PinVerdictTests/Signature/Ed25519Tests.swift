// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct Ed25519Tests {
    /// All encodings of points of small order: the sign of x, and y or, where it fits, y + p.
    static let smallOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]
    static let notCanonical = [
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]

    private func hasSmallOrder(_ point: [UInt8]) -> Bool { Ed25519.hasSmallOrder(point: point.span) }
    private func isCanonical(_ point: [UInt8]) -> Bool { Ed25519.isCanonical(point: point.span) }
    private func isCanonical(signature: [UInt8]) -> Bool { Ed25519.isCanonical(signature: signature.span) }

    private func file(_ key: [UInt8]) -> [UInt8] {
        Base64Text.file("untrusted comment: x", "Ed12345678".bytes + key)
    }

    @Test(arguments: smallOrder + notCanonical)
    func `a weak key is none`(_ hex: String) {
        let key = [UInt8](hex: hex)
        #expect(hasSmallOrder(key) || !isCanonical(key))
        let text = file(key)
        #expect(throws: SignatureProblem.self) { try SigningKey(text.span) }
    }

    @Test func `which of them have small order, and which a second spelling`() {
        for hex in Self.smallOrder {
            let key = [UInt8](hex: hex)
            #expect(hasSmallOrder(key))
            #expect(isCanonical(key) != Self.notCanonical.contains(hex))
        }
        for hex in Self.notCanonical { #expect(!isCanonical([UInt8](hex: hex))) }
    }

    /// One more or less is another point: a table that is too wide would refuse keys that are good.
    @Test func `their neighbours are keys`() throws {
        for hex in Self.smallOrder.filter({ $0.hasPrefix("26") || $0.hasPrefix("c7") }) {
            for change: UInt8 in [1, 2, 0x80] {
                for octet in [0, 9, 17, 30] {
                    var key = [UInt8](hex: hex)
                    key[octet] ^= change
                    let text = file(key)
                    _ = try SigningKey(text.span)
                }
            }
        }
        var below = [UInt8](hex: "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")
        #expect(isCanonical(below) && !hasSmallOrder(below))
        below[31] = 0xff
        #expect(isCanonical(below) && !hasSmallOrder(below))
        #expect(!hasSmallOrder([UInt8](hex: "02" + String(repeating: "00", count: 31))))
    }

    /// The group's order is the first number that is none.
    @Test(
        arguments: [
            ("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", true),
            ("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", false),
            ("eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", false),
            ("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f", true),
            ("0000000000000000000000000000000000000000000000000000000000000020", false),
            ("0000000000000000000000000000000000000000000000000000000000000000", true),
        ])
    func `the number of a signature`(_ hex: String, _ isCanonical: Bool) {
        let signature = [UInt8](repeating: 5, count: 32) + [UInt8](hex: hex)
        #expect(self.isCanonical(signature: signature) == isCanonical)
    }

    /// RFC 8032, section 7.1, and each of their bits changed.
    @Test(
        arguments: [
            (
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                    + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                    + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ], TestBackend.allCases)
    func `the standard's signatures`(
        _ vector: (key: String, message: String, signature: String), _ backend: TestBackend
    ) {
        let key = [UInt8](hex: vector.key)
        let message = [UInt8](hex: vector.message)
        let signature = [UInt8](hex: vector.signature)
        func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool? {
            backend.isSignature(signature.span, of: message.span, by: key.span)
        }
        #expect(isSignature(signature, of: message) == true)
        for bit in 0..<(8 * signature.count) {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(isSignature(changed, of: message) == false)
        }
        #expect(isSignature(signature, of: message + [0]) == false)
    }
}
