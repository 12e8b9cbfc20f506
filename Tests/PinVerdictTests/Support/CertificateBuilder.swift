// SPDX-License-Identifier: Apache-2.0

/// The elements that a certificate's skeleton is made of, in the order in which they end.
enum CertificatePart: CaseIterable, Sendable {
    case versionNumber, version, serialNumber, signature, issuer, validity, subject
    case algorithm, parameters, algorithmIdentifier, key, subjectPublicKeyInfo
    case issuerUniqueID, subjectUniqueID, extensionList, extensions, toBeSigned
    case signatureAlgorithm, signatureValue, certificate

    /// A certificate without it is a certificate.
    var isOptional: Bool {
        switch self {
        case .version, .parameters, .issuerUniqueID, .subjectUniqueID, .extensions: true
        default: false
        }
    }
}

/// A certificate with every element that RFC 5280 knows of, one of them changed.
///
/// Built here, and not by `Tests/Kit` as all other certificates of the tests: a test changes each element in each way
/// and expects the error of just that one, so a file for each would only add a name for what the call says.
func makeCertificate(
    changing part: CertificatePart? = nil, _ change: ([UInt8]) -> [UInt8] = { $0 }
) -> [UInt8] {
    func made(_ this: CertificatePart, _ encoded: [UInt8]) -> [UInt8] {
        this == part ? change(encoded) : encoded
    }
    let validity = DER.sequence(DER.element(0x17, "250101000000Z".bytes), DER.element(0x17, "450101000000Z".bytes))
    let signatureIdentifier = DER.sequence(DER.objectIdentifier("1.2.840.10045.4.3.2"))

    let version = made(.version, DER.explicit(0, made(.versionNumber, DER.integer(2))))
    let identifier = DER.sequence(
        made(.algorithm, DER.objectIdentifier("1.2.840.113549.1.1.1")), made(.parameters, DER.null))
    let subjectPublicKeyInfo = DER.sequence(
        made(.algorithmIdentifier, identifier), made(.key, DER.bitString([1, 2, 3, 4])))
    let extensionValue = DER.sequence(DER.objectIdentifier("2.5.29.19"), DER.octetString(DER.sequence()))
    let extensions = DER.explicit(3, made(.extensionList, DER.sequence(extensionValue)))
    let toBeSigned = DER.sequence(
        version,
        made(.serialNumber, DER.integer(0x12, 0x34)),
        made(.signature, signatureIdentifier),
        made(.issuer, makeName("issuer")),
        made(.validity, validity),
        made(.subject, makeName("subject")),
        made(.subjectPublicKeyInfo, subjectPublicKeyInfo),
        made(.issuerUniqueID, DER.element(0x81, [0, 0xaa])),
        made(.subjectUniqueID, DER.element(0x82, [0, 0xbb])),
        made(.extensions, extensions))
    let certificate = DER.sequence(
        made(.toBeSigned, toBeSigned), made(.signatureAlgorithm, signatureIdentifier),
        made(.signatureValue, DER.bitString([5, 6, 7, 8])))
    return made(.certificate, certificate)
}

func makeName(_ commonName: String) -> [UInt8] {
    DER.sequence(DER.set(DER.sequence(DER.objectIdentifier("2.5.4.3"), DER.element(0x0c, commonName.bytes))))
}

/// A SubjectPublicKeyInfo; parameters are the elements behind the algorithm.
func makeKey(_ algorithm: [UInt8], _ parameters: [UInt8] = [], key: [UInt8] = [1, 2, 3]) -> [UInt8] {
    DER.sequence(DER.sequence(algorithm, parameters), DER.bitString(key))
}

/// What can be wrong with the identifier and the length of any element.
enum ElementDefect: CaseIterable, Sendable {
    case wrongTag, highTagNumber, indefinite, nonMinimal, fourLengthOctets, beyondParent, cutShort, absent

    func apply(to element: [UInt8]) -> [UInt8] {
        let tag = element[0]
        let contents = DER.contents(element)
        let count = contents.count
        let length = [UInt8(count >> 8), UInt8(count & 0xff)]
        switch self {
        case .wrongTag: return [0x16] + element.dropFirst()  // an IA5String, which stands nowhere in a skeleton
        case .highTagNumber: return [tag | 0x1f, 0x21] + element.dropFirst()
        case .indefinite: return [tag, 0x80] + contents + [0, 0]
        case .nonMinimal where count < 0x80: return [tag, 0x81, length[1]] + contents
        case .nonMinimal where count < 0x100: return [tag, 0x82] + length + contents
        case .nonMinimal: return [tag, 0x83, 0] + length + contents
        case .fourLengthOctets: return [tag, 0x84, 0, 0] + length + contents
        case .beyondParent: return [tag, 0x83, 0xff, 0xff, 0xff] + contents
        case .cutShort: return Array(element.dropLast())
        case .absent: return []
        }
    }
}
