/// What a file of certificates holds, in its order.
struct CertificateFile {
    enum Item {
        case certificate(EncodedCertificate)
        /// What should be a certificate and is not.
        case mistake(String)
        /// What is something else, and passed over.
        case note(String)
    }

    let items: [Item]

    var certificates: [EncodedCertificate] {
        items.compactMap { if case .certificate(let certificate) = $0 { certificate } else { nil } }
    }

    /// The largest DER certificate has its first length in two octets or more; no text begins like that.
    init(_ file: InputFile) {
        let bytes = file.bytes
        let isDER = bytes.count > 1 && bytes[0] == 0x30 && bytes[1] >= 0x80
        if !isDER, PEMReader.contains("-----BEGIN ", in: bytes[...]) || PEMReader.contains("-----END ", in: bytes[...]) {
            items = CertificateFile.items(of: file)
        } else if bytes.first == 0x30 {
            items = [.certificate(EncodedCertificate(place: "\(file.name): the certificate", bytes: bytes))]
        } else {
            let what = bytes.isEmpty ? "is empty" : "holds no certificate: neither PEM nor DER"
            items = [.mistake("\(file.name): \(what)")]
        }
    }

    private static func items(of file: InputFile) -> [Item] {
        var items: [Item] = []
        var count = 0
        var reader = PEMReader(file.bytes)
        while let item = reader.next() {
            switch item {
            case .mistake(let line, let what):
                items.append(.mistake("\(file.name):\(line): \(what)"))
            case .block("TRUSTED CERTIFICATE", let line, _):
                items.append(
                    .mistake(
                        "\(file.name):\(line): OpenSSL's TRUSTED CERTIFICATE is a certificate with settings behind it; "
                            + "openssl x509 writes it as a plain one"))
            case .block("CERTIFICATE", let line, let content), .block("X509 CERTIFICATE", let line, let content):
                count += 1
                let place = "\(file.name):\(line): certificate \(count)"
                do throws(Base64.Malformed) {
                    let bytes = try Base64.octets(file.bytes.span.extracting(content))
                    items.append(.certificate(EncodedCertificate(place: place, bytes: bytes)))
                } catch {
                    items.append(.mistake("\(place) \(error.description)"))
                }
            case .block(let label, let line, _):
                items.append(.note("\(file.name):\(line): passed over: \(label.printable), not a certificate"))
            }
        }
        let isNothing = items.allSatisfy { if case .note = $0 { true } else { false } }
        if isNothing { items.append(.mistake("\(file.name): holds no certificate")) }
        return items
    }
}

extension Base64.Malformed {
    /// A sentence's end: "the certificate …".
    fileprivate var description: String {
        switch self {
        case .character(let byte):
            let character = byte > 0x20 && byte < 0x7f ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
            return "is not base64: it contains \(character)"
        case .length: return "is not base64: its length is no multiple of four"
        case .padding: return "is not base64: it does not end as base64 does"
        }
    }
}
