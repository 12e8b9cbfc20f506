// SPDX-License-Identifier: Apache-2.0

import PinVerdict

/// Reads what a file of certificates holds, in its order.
struct CertificateReader: Sequence, IteratorProtocol {
    enum Item {
        case certificate(EncodedCertificate)
        /// What should be a certificate and is not.
        case mistake(String)
        /// What is something else, and passed over.
        case note(String)
    }

    private let file: InputFile
    /// Without a byte-order mark.
    private let bytes: [UInt8]
    /// Nil for DER, and for what is neither.
    private var blocks: Array<PEMReader.Item>.Iterator?
    private var certificates = 0
    /// Something other than a note has been returned.
    private var hasFound = false

    /// The identifier octet that DER certificates begin with: a SEQUENCE's.
    private static let sequenceTag: UInt8 = 0x30
    /// The octet behind it is at least this, as a certificate's length takes the long form; no text begins like that.
    private static let longLength: UInt8 = 0x80

    init(_ file: InputFile) {
        self.file = file
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        bytes = file.bytes.starts(with: mark) ? Array(file.bytes.dropFirst(mark.count)) : file.bytes
        let isDER = bytes.count > 1 && bytes[0] == Self.sequenceTag && bytes[1] >= Self.longLength
        guard !isDER, PEMReader.hasBlocks(bytes.span) else { return }
        var reader = PEMReader(bytes.span)
        var items: [PEMReader.Item] = []
        while let item = reader.next() { items.append(item) }
        blocks = items.makeIterator()
    }

    mutating func next() -> Item? {
        let item = blocks == nil ? whole() : block()
        if let item, case .note = item { return item }
        defer { hasFound = true }
        if item == nil, !hasFound { return .mistake("\(file.name): holds no certificate") }
        return item
    }

    /// The file as one DER certificate.
    private func whole() -> Item? {
        guard !hasFound else { return nil }
        guard bytes.first == Self.sequenceTag else {
            let what = bytes.isEmpty ? "is empty" : "holds no certificate: neither PEM nor DER"
            return .mistake("\(file.name): \(what)")
        }
        if let what = DERContent.otherThanCertificate(bytes) { return .mistake("\(file.name): \(what)") }
        return .certificate(EncodedCertificate(fileName: file.name, line: nil, number: 1, bytes: bytes))
    }

    private mutating func block() -> Item? {
        switch blocks?.next() {
        case nil:
            return nil
        case .mistake(let mistake, let line):
            return .mistake("\(file.name):\(line): \(words(mistake))")
        case .block(let label, let line, let content):
            return block(text(label), line, content)
        }
    }

    private mutating func block(_ label: String, _ line: Int, _ content: Range<Int>) -> Item {
        switch label {
        case "CERTIFICATE", "X509 CERTIFICATE":
            certificates += 1
            do throws(Base64.Malformed) {
                let octets = try Base64.octets(bytes.span.extracting(content))
                return .certificate(
                    EncodedCertificate(fileName: file.name, line: line, number: certificates, bytes: octets))
            } catch {
                return .mistake("\(EncodedCertificate.place(file.name, line, certificates)) \(error.description)")
            }
        case "TRUSTED CERTIFICATE":
            return .mistake(
                "\(file.name):\(line): OpenSSL's TRUSTED CERTIFICATE is a certificate with settings behind it; "
                    + "openssl x509 writes it as a plain one")
        case "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
            return .mistake("\(file.name):\(line): \(DERContent.pkcs7)")
        default:
            return .note("\(file.name):\(line): passed over: \(label), not a certificate")
        }
    }

    private func text(_ label: Range<Int>) -> String { String(decoding: bytes[label], as: UTF8.self) }

    private func words(_ mistake: PEMReader.Mistake) -> String {
        switch mistake {
        case .endAlone(let label): "-----END \(text(label))----- without its BEGIN"
        case .notAlone: "text before or behind a -----BEGIN …----- or -----END …-----"
        case .otherEnd(let label, let end): "-----BEGIN \(text(label))----- ends with -----END \(text(end))-----"
        case .noEnd(let label): "-----BEGIN \(text(label))----- without its END"
        case .cutShort(let label):
            "-----BEGIN \(text(label))----- without its END; the file may have been cut short"
        }
    }
}

extension Base64.Malformed {
    /// The rest of a sentence that begins with "the certificate".
    fileprivate var description: String {
        switch self {
        case .character(let byte):
            let character = byte.isPrintable ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
            return "is not base64: it contains \(character)"
        case .length: return "is not base64: its length is no multiple of four"
        case .padding: return "is not base64: it does not end as base64 does"
        }
    }
}
