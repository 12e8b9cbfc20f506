// SPDX-License-Identifier: Apache-2.0

/// What people keep beside certificates, and hand over in their place.
enum ContentKind {
    case privateKey
    case publicKey
    case request
    case pkcs7
    case pkcs12

    /// Of a PEM block (RFC 7468, and what OpenSSL writes beside); nil for what has no key that one could pin.
    init?(label: String) {
        switch label {
        case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY":
            self = .privateKey
        case "PUBLIC KEY", "RSA PUBLIC KEY": self = .publicKey
        case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": self = .request
        case "PKCS7", "PKCS #7 SIGNED DATA", "CMS": self = .pkcs7
        default: return nil
        }
    }

    /// Of one DER value; nil for what may be a certificate.
    init?(_ value: DERElement) {
        let parts = value.parts
        switch (parts.first?.tag, parts.dropFirst().first?.tag) {
        case (DERElement.integer, DERElement.sequence):
            let isPKCS12 = parts[0].content.first == 3 && parts[1].parts.first?.tag == DERElement.identifier
            self = isPKCS12 ? .pkcs12 : .privateKey
        case (DERElement.integer, DERElement.octetString):
            self = .privateKey
        case (DERElement.integer, DERElement.integer):
            // A bare RSA key: the private one has nine numbers, the public one two (RFC 8017, appendix A.1).
            self = parts.count == 2 ? .publicKey : .privateKey
        case (DERElement.sequence, DERElement.octetString) where parts.count == 2:
            self = .privateKey  // encrypted (RFC 5958, section 3)
        case (DERElement.identifier, _):
            self = .pkcs7
        case (DERElement.sequence, DERElement.bitString) where parts.count == 2:
            self = .publicKey
        case (DERElement.sequence, DERElement.sequence):
            // A request: its version, a name, a key and attributes, where a certificate has six parts or more.
            let inner = parts[0].parts
            guard inner.count >= 3, inner.count <= 4, inner[0].tag == DERElement.integer else { return nil }
            self = .request
        default:
            return nil
        }
    }

    var name: String {
        switch self {
        case .privateKey: "private key"
        case .publicKey: "public key"
        case .request: "certificate request"
        case .pkcs7: "PKCS #7"
        case .pkcs12: "PKCS #12"
        }
    }

    /// What to say where only a certificate will do.
    var insteadOfCertificate: String {
        switch self {
        case .privateKey: "a private key, not a certificate; openssl req or your CA makes one for it"
        case .publicKey: "a public key, not a certificate"
        case .request: "a certificate request, not a certificate"
        case .pkcs7: "PKCS #7, which wraps certificates; openssl pkcs7 -print_certs writes them as PEM"
        case .pkcs12: "PKCS #12, which wraps a key and certificates; openssl pkcs12 -nokeys writes them as PEM"
        }
    }
}
