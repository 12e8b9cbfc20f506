// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Reads what a file of certificates holds, in its order.
struct CertificateReader: Sequence, IteratorProtocol {
    enum Item {
        case certificate(EncodedCertificate)
        /// What has a key too, or wraps certificates: only where keys are wanted.
        case content(EncodedContent)
        /// What should be a certificate and is not.
        case mistake(String)
        /// What is something else, and passed over.
        case note(String)
    }

    private let file: InputFile
    private let takesKeys: Bool
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

    init(_ file: InputFile, takingKeys: Bool = false) {
        self.file = file
        takesKeys = takingKeys
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
        if item == nil, !hasFound { return .mistake("\(file.name): holds no certificate\(orKey)") }
        return item
    }

    private var orKey: String { takesKeys ? " and no key" : "" }

    /// The file as one DER value.
    private func whole() -> Item? {
        guard !hasFound else { return nil }
        guard bytes.first == Self.sequenceTag else {
            let what = bytes.isEmpty ? "is empty" : "holds no certificate\(orKey): neither PEM nor DER"
            return .mistake("\(file.name): \(what)")
        }
        if let value = DERElement(bytes[...]) {
            if let what = surplus(value.rest) { return .mistake("\(file.name): \(what)") }
            if let kind = ContentKind(value) {
                return content(EncodedContent(kind: kind, fileName: file.name, line: nil, bytes: bytes, isPEM: false))
            }
        }
        return .certificate(EncodedCertificate(fileName: file.name, line: nil, number: 1, bytes: bytes))
    }

    /// What is wrong with bytes behind the one value.
    private func surplus(_ rest: ArraySlice<UInt8>) -> String? {
        if rest.isEmpty { return nil }
        if rest.allSatisfy({ $0 == 0x0a || $0 == 0x0d }) {
            return "has a line end behind its DER; cut it off"
        }
        return DERElement(rest) == nil
            ? "has \(rest.count) bytes behind its DER"
            : "has several DER values; each is a file of its own, or all are PEM"
    }

    private func content(_ content: EncodedContent) -> Item {
        if takesKeys, content.kind != .pkcs12 { return .content(content) }
        return .mistake("\(content.place): \(content.kind.insteadOfCertificate)")
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
        default:
            let kind = ContentKind(label: label)
            if let kind, takesKeys || kind == .pkcs7 { return block(kind, label, line, content) }
            return .note("\(file.name):\(line): passed over: \(label), not a certificate\(takesKeys ? " or key" : "")")
        }
    }

    private func block(_ kind: ContentKind, _ label: String, _ line: Int, _ range: Range<Int>) -> Item {
        if kind == .privateKey {
            let text = Array("-----BEGIN \(label)-----\n".utf8) + bytes[range] + Array("-----END \(label)-----\n".utf8)
            return .content(EncodedContent(kind: kind, fileName: file.name, line: line, bytes: text, isPEM: true))
        }
        do throws(Base64.Malformed) {
            let octets = try Base64.octets(bytes.span.extracting(range))
            return content(EncodedContent(kind: kind, fileName: file.name, line: line, bytes: octets, isPEM: false))
        } catch {
            return .mistake("\(file.name):\(line): the \(kind.name) \(error.description)")
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
