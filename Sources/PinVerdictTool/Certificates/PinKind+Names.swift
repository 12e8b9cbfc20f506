import PinVerdict

extension PinKind {
    /// The policy key, such as "pin-sha256".
    var name: String { String(keyName) }

    /// The member of a JSON object, such as "pin_sha256".
    var jsonName: String {
        switch self {
        case .spki: "pin_sha256"
        case .key: "key_sha256"
        case .certificate: "certificate_sha256"
        }
    }
}

extension Digest {
    var base64: String { Base64.text((0..<32).map { self[$0] }) }
}
