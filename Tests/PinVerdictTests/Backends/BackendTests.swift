// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import Testing

@testable import PinVerdictCore

@Suite struct BackendTests {
    @Test func `the traits decide which there are`() {
        var names: [String] = []
        #if OpenSSL
            names.append("openssl")
        #endif
        #if GnuTLS
            names.append("gnutls")
        #endif
        #expect(TestBackend.allCases.map(\.testDescription) == names)
        #expect(!names.isEmpty)
    }

    /// FIPS 180-4's examples, and lengths around the block's.
    @Test(arguments: TestBackend.allCases)
    func `SHA-256`(_ backend: TestBackend) {
        let vectors: [(input: [UInt8], digest: String)] = [
            ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc".bytes, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".bytes,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            ([UInt8](repeating: 0, count: 55), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
            ([UInt8](repeating: 0, count: 56), "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
            ([UInt8](repeating: 0, count: 64), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
            (
                [UInt8](repeating: 0x61, count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (input, expected) in vectors {
            #expect(backend.sha256(input.span).map { [UInt8]($0).hex } == expected)
        }
    }

    /// The certificate in which the extractor finds exactly the bytes that the reader in place does.
    @Test(
        arguments: ["root", "intermediate", "leaf", "rsa", "ed25519", "lone", "other-root"], TestBackend.allCases)
    func `real certificates`(_ name: String, _ backend: TestBackend) throws {
        let encoded = try ConformanceTables.certificate(name)
        let certificate = try Certificate(encoded.span)
        #expect(extracted(encoded, backend) == [UInt8](certificate.subjectPublicKeyInfo))
    }

    @Test(arguments: ["cut", "trailing", "odd"], TestBackend.allCases)
    func `certificates that a library refuses`(_ name: String, _ backend: TestBackend) throws {
        #expect(extracted(try ConformanceTables.certificate(name), backend) == nil)
    }

    @Test(arguments: TestBackend.allCases)
    func `what is no certificate`(_ backend: TestBackend) {
        let zeros = [UInt8](repeating: 0, count: 1000)
        for bytes in [[], [0x30], [0x30, 0x00], [0x30, 0x80, 0, 0], zeros, "-----BEGIN".bytes] {
            #expect(extracted(bytes, backend) == nil)
        }
    }

    /// Keys that libraries encode anew: the bytes of the certificate, or nothing, but never other bytes.
    @Test(arguments: TestBackend.allCases)
    func `odd keys`(_ backend: TestBackend) throws {
        let (rsa, ec) = (DER.objectIdentifier("1.2.840.113549.1.1.1"), DER.objectIdentifier("1.2.840.10045.2.1"))
        let p256 = DER.objectIdentifier("1.2.840.10045.3.1.7")
        let leaf = try ConformanceTables.certificate("leaf")
        let certificate = try Certificate(leaf.span)
        let point = [UInt8](try SubjectPublicKeyInfo(certificate.subjectPublicKeyInfo).key)
        let compressed = [2 + point[64] % 2] + point[1...32]
        let modulus = [0] + [UInt8](repeating: 0xc5, count: 256)
        let rsaKey = DER.sequence(DER.element(0x02, modulus), DER.integer(1, 0, 1))
        let spareZero = DER.sequence(DER.element(0x02, [0] + modulus), DER.integer(1, 0, 1))
        let keys = [
            makeKey(rsa, DER.null, key: rsaKey), makeKey(rsa, key: rsaKey), makeKey(rsa, DER.null, key: spareZero),
            makeKey(rsa, DER.null, key: [1, 2, 3]), makeKey(rsa, DER.null, key: []),
            makeKey(ec, p256, key: point), makeKey(ec, p256, key: compressed), makeKey(ec, p256, key: [4, 1, 2]),
            makeKey(ec, DER.sequence(), key: point), makeKey(ec, key: point), makeKey(ec, DER.null, key: point),
            makeKey(DER.objectIdentifier("1.2.840.113549.1.1.10"), DER.sequence(), key: rsaKey),
            makeKey(DER.objectIdentifier("1.2.840.10040.4.1"), key: DER.integer(5)),
            makeKey(DER.objectIdentifier("1.3.101.110"), key: [UInt8](repeating: 9, count: 32)),
            makeKey(DER.objectIdentifier("1.3.101.112"), key: [UInt8](repeating: 9, count: 31)),
            makeKey(DER.objectIdentifier("2.16.840.1.101.3.4.3.17"), key: [UInt8](repeating: 9, count: 1312)),
            makeKey(DER.objectIdentifier("1.3.6.1.4.1.55555.1"), DER.sequence(DER.integer(1)), key: [1]),
        ]
        for key in keys {
            let encoded = makeCertificate(changing: .subjectPublicKeyInfo) { _ in key }
            let certificate = try Certificate(encoded.span)
            #expect([UInt8](certificate.subjectPublicKeyInfo) == key)
            let found = extracted(encoded, backend)
            #expect(found == nil || found == key, "\(key.hex)")
        }
    }

    /// BER inside the key, which libraries normalise: the normalised bytes stand nowhere in the certificate.
    @Test(arguments: [ElementDefect.indefinite, .nonMinimal], TestBackend.allCases)
    func `BER inside the key`(_ defect: ElementDefect, _ backend: TestBackend) {
        for part in [CertificatePart.subjectPublicKeyInfo, .algorithmIdentifier, .algorithm, .parameters, .key] {
            #expect(extracted(makeCertificate(changing: part, defect.apply), backend) == nil, "\(part)")
        }
    }

    /// Each library compares names in its own way.
    @Test(arguments: TestBackend.allCases)
    func `names of different bytes`(_ backend: TestBackend) {
        func name(_ tag: UInt8, _ text: String) -> [UInt8] {
            DER.sequence(DER.set(DER.sequence(DER.objectIdentifier("2.5.4.3"), DER.element(tag, text.bytes))))
        }
        let (printable, utf8): (UInt8, UInt8) = (0x13, 0x0c)
        let long = String(repeating: "x", count: 1024)
        let pairs: [(one: [UInt8], other: [UInt8], backends: [BackendName])] = [
            (name(printable, "CA"), name(utf8, "CA"), [.openssl, .gnutls]),
            (name(utf8, "CA"), name(utf8, "ca"), [.openssl]),
            (name(utf8, "C  A"), name(utf8, "C A"), [.openssl]),
            (name(printable, long), name(utf8, long), [.openssl]),
            (name(utf8, "CA"), name(utf8, "CB"), []),
            (name(utf8, "CA"), DER.sequence(), []), (DER.sequence(), DER.sequence(DER.set()), [.openssl]),
            (name(utf8, "CA"), [], []), (name(utf8, "CA"), [0x30, 0x05], []), ([0x30], [0x30, 0x80], []),
        ]
        for (one, other, backends) in pairs {
            let isSame = backends.contains(backend.name)
            #expect(backend.isSameName(one.span, other.span) == isSame, "\(one.hex) \(other.hex)")
            #expect(backend.isSameName(other.span, one.span) == isSame, "\(other.hex) \(one.hex)")
        }
    }

    private func extracted(_ encoded: [UInt8], _ backend: TestBackend) -> [UInt8]? {
        backend.withSubjectPublicKeyInfo(of: encoded.span) { [UInt8]($0) }
    }
}
