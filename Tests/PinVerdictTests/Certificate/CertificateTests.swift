// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct CertificateTests {
    @Test func `where the names and the key lie`() throws {
        let bytes = makeCertificate()
        let certificate = try Certificate(bytes.span)
        #expect([UInt8](certificate.issuer) == makeName("issuer"))
        #expect([UInt8](certificate.subject) == makeName("subject"))
        let key = makeKey(DER.objectIdentifier("1.2.840.113549.1.1.1"), DER.null, key: [1, 2, 3, 4])
        #expect([UInt8](certificate.subjectPublicKeyInfo) == key)
    }

    @Test(arguments: CertificatePart.allCases, ElementDefect.allCases)
    func `every element is DER`(_ part: CertificatePart, _ defect: ElementDefect) {
        let error = certificateError(makeCertificate(changing: part, defect.apply))
        switch defect {
        case .absent where part.isOptional: #expect(error == nil)
        case .wrongTag where part == .parameters: #expect(error == nil, "parameters may be of any type")
        case .wrongTag, .highTagNumber: #expect(error == .unexpectedTag)
        case .indefinite: #expect(error == .indefiniteLength)
        case .nonMinimal: #expect(error == .nonMinimalLength)
        case .fourLengthOctets: #expect(error == .tooLarge)
        case .beyondParent: #expect(error == .truncated)
        // What is met next depends on what stands behind the element.
        case .cutShort, .absent: #expect(error != nil)
        }
    }

    /// Elements whose end is that of something that they contain.
    @Test(
        arguments: [
            (.certificate, .trailingBytes), (.version, .trailingBytes), (.algorithmIdentifier, .trailingBytes),
            (.subjectPublicKeyInfo, .trailingBytes), (.extensions, .trailingBytes), (.toBeSigned, .unexpectedTag),
        ] as [(CertificatePart, MalformedDER)])
    func `nothing follows inside an element`(_ part: CertificatePart, _ expected: MalformedDER) {
        let extended = makeCertificate(changing: part) { DER.element($0[0], DER.contents($0), DER.null) }
        #expect(certificateError(extended) == expected)
    }

    @Test(arguments: [[0], [0, 0], [0x30, 0x00]] as [[UInt8]])
    func `nothing follows the certificate`(_ more: [UInt8]) {
        #expect(certificateError(makeCertificate() + more) == .trailingBytes)
    }

    /// What an element is replaced by; nil where the result is a certificate.
    struct Replacement: Sendable {
        let part: CertificatePart
        let encoded: [UInt8]
        let error: MalformedDER?

        init(_ part: CertificatePart, _ encoded: [UInt8], _ error: MalformedDER?) {
            self.part = part
            self.encoded = encoded
            self.error = error
        }
    }

    @Test(arguments: [
        // v1 is the default, which DER leaves out; v2 and v3 are written; there is no v4.
        Replacement(.versionNumber, DER.integer(0), .unsupportedVersion),
        Replacement(.versionNumber, DER.integer(1), nil),
        Replacement(.versionNumber, DER.integer(3), .unsupportedVersion),
        Replacement(.versionNumber, DER.integer(0xff), .unsupportedVersion),
        Replacement(.versionNumber, DER.integer(0, 2), .unsupportedVersion),
        Replacement(.versionNumber, DER.integer(), .unsupportedVersion),
        Replacement(.version, DER.explicit(0), .truncated),
        Replacement(.version, DER.explicit(0, DER.integer(2)) + DER.explicit(0, DER.integer(2)), .unexpectedTag),
        // Serial numbers of any sign and length, since real ones are; but DER.
        Replacement(.serialNumber, DER.integer(0), nil),
        Replacement(.serialNumber, DER.integer(0xff), nil),
        Replacement(.serialNumber, DER.element(0x02, [UInt8](repeating: 0x55, count: 40)), nil),
        Replacement(.serialNumber, DER.integer(), .emptyInteger),
        Replacement(.serialNumber, DER.integer(0, 5), .nonMinimalInteger),
        Replacement(.serialNumber, DER.integer(0xff, 0xff), .nonMinimalInteger),
        // A name may be empty; a SET is none.
        Replacement(.issuer, DER.sequence(), nil),
        Replacement(.subject, DER.sequence(), nil),
        Replacement(.issuer, DER.set(), .unexpectedTag),
        Replacement(.subject, DER.set(), .unexpectedTag),
        Replacement(.validity, DER.null, .unexpectedTag),
        // After the key: each of the three at most once, in their order, and nothing else.
        Replacement(.issuerUniqueID, DER.element(0x82, [0]) + DER.element(0x81, [0]), .unexpectedTag),
        Replacement(.issuerUniqueID, DER.element(0x81, [0]) + DER.element(0x81, [0]), .unexpectedTag),
        Replacement(.issuerUniqueID, DER.element(0xa1, DER.bitString([0])), .unexpectedTag),
        Replacement(.extensions, DER.explicit(3, DER.sequence()) + DER.explicit(3, DER.sequence()), .unexpectedTag),
        Replacement(.extensions, DER.explicit(4, DER.sequence()), .unexpectedTag),
        Replacement(.extensions, DER.explicit(3), .truncated),
        Replacement(.extensionList, DER.sequence(), nil),
        Replacement(.extensionList, DER.null, .unexpectedTag),
        Replacement(.extensionList, DER.sequence() + DER.sequence(), .trailingBytes),
        // The signature is a BIT STRING of whole octets, primitive and the last element.
        Replacement(.signatureValue, DER.element(0x03), .truncated),
        Replacement(.signatureValue, DER.bitString([0xf0], unused: 4), .unusedBits),
        Replacement(.signatureValue, DER.bitString([]), nil),
        Replacement(.signatureValue, DER.element(0x23, DER.bitString([1])), .unexpectedTag),
        Replacement(.signatureValue, DER.bitString([1]) + DER.bitString([1]), .trailingBytes),
        Replacement(.toBeSigned, DER.sequence(), .truncated),
        Replacement(.certificate, DER.sequence(), .truncated),
        Replacement(.certificate, [], .truncated),
        Replacement(.certificate, [0x30], .truncated),
        Replacement(.certificate, "-----BEGIN CERTIFICATE-----\n".bytes, .unexpectedTag),
    ])
    func `what stands where`(_ replacement: Replacement) {
        let bytes = makeCertificate(changing: replacement.part) { _ in replacement.encoded }
        #expect(certificateError(bytes) == replacement.error)
    }

    @Test func `v1 has neither version nor extensions`() {
        let withoutVersion = makeCertificate(changing: .toBeSigned) { element in
            let contents = DER.contents(element)
            let version = DER.explicit(0, DER.integer(2))
            return DER.element(0x30, Array(contents[version.count...]))
        }
        #expect(certificateError(withoutVersion) == nil)
    }

    /// Padded by an extension nobody knows to exactly so many bytes.
    @Test(arguments: [(1 << 20, nil), ((1 << 20) + 1, .tooLarge)] as [(Int, MalformedDER?)])
    func `size`(_ size: Int, _ expected: MalformedDER?) {
        var padding = size - 400
        var bytes: [UInt8] = []
        while bytes.count != size {
            padding += bytes.isEmpty ? 0 : size - bytes.count
            bytes = makeCertificate(changing: .extensionList) { _ in
                DER.sequence(DER.octetString([UInt8](repeating: 0, count: padding)))
            }
        }
        #expect(certificateError(bytes) == expected)
    }

    @Test func `cut off at every byte`() {
        let bytes = makeCertificate()
        for count in 0..<bytes.count {
            #expect(certificateError(Array(bytes[..<count])) != nil, "cut to \(count) bytes")
        }
    }

    /// Whatever a byte is changed to: an error, or a certificate whose ranges lie inside it. Never a trap.
    @Test func `every byte changed`() {
        var bytes = makeCertificate()
        for index in bytes.indices {
            let original = bytes[index]
            for value in UInt8.min...UInt8.max where value != original {
                bytes[index] = value
                guard let certificate = try? Certificate(bytes.span) else { continue }
                let isInside =
                    certificate.issuer.count >= 2 && certificate.subject.count >= 2
                    && (try? SubjectPublicKeyInfo(certificate.subjectPublicKeyInfo)) != nil
                if !isInside { Issue.record("byte \(index) as \(value)") }
            }
            bytes[index] = original
        }
    }

    @Test func `noise`() {
        var numbers = RepeatableNumbers(seed: 1)
        for round in 0..<2_000 {
            let bytes = (0..<(round % 64)).map { _ in UInt8.random(in: 0...255, using: &numbers) }
            #expect(certificateError(bytes) != nil)
        }
    }

    private func certificateError(_ bytes: [UInt8]) -> MalformedDER? {
        readError { () throws(MalformedDER) in _ = try Certificate(bytes.span) }
    }
}
