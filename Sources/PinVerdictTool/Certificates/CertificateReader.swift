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
    /// Nil for a file that is not PEM.
    private var blocks: PEMReader?
    private var certificates = 0
    /// Something other than a note has been returned.
    private var hasFound = false

    /// The identifier octet that DER certificates begin with: a SEQUENCE's.
    private static let sequenceTag: UInt8 = 0x30
    /// The octet behind it is at least this, as a certificate's length takes the long form; no text begins like that.
    private static let longLength: UInt8 = 0x80

    init(_ file: InputFile) {
        self.file = file
        let bytes = file.bytes
        let isDER = bytes.count > 1 && bytes[0] == Self.sequenceTag && bytes[1] >= Self.longLength
        if !isDER, PEMReader.hasBlocks(bytes) { blocks = PEMReader(bytes) }
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
        guard file.bytes.first == Self.sequenceTag else {
            let what = file.bytes.isEmpty ? "is empty" : "holds no certificate: neither PEM nor DER"
            return .mistake("\(file.name): \(what)")
        }
        return .certificate(EncodedCertificate(fileName: file.name, line: nil, number: 1, bytes: file.bytes))
    }

    private mutating func block() -> Item? {
        switch blocks?.next() {
        case nil:
            return nil
        case .mistake(let line, let what):
            return .mistake("\(file.name):\(line): \(what)")
        case .block("CERTIFICATE", let line, let content), .block("X509 CERTIFICATE", let line, let content):
            certificates += 1
            do throws(Base64.Malformed) {
                let bytes = try Base64.octets(file.bytes.span.extracting(content))
                return .certificate(
                    EncodedCertificate(fileName: file.name, line: line, number: certificates, bytes: bytes))
            } catch {
                return .mistake("\(EncodedCertificate.place(file.name, line, certificates)) \(error.description)")
            }
        case .block("TRUSTED CERTIFICATE", let line, _):
            return .mistake(
                "\(file.name):\(line): OpenSSL's TRUSTED CERTIFICATE is a certificate with settings behind it; "
                    + "openssl x509 writes it as a plain one")
        case .block(let label, let line, _):
            return .note("\(file.name):\(line): passed over: \(label), not a certificate")
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
