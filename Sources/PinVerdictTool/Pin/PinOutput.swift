// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// The certificates and keys as they are read: printed at once for people, at the end for programs.
struct PinOutput {
    private let json: Bool
    private let kind: PinKind
    private let decoder: KeyDecoder
    private let backend: BuiltInBackend
    private var certificates: [JSON] = []
    private var keys: [JSON] = []
    private var errors: [String] = []

    /// - Parameter kind: Of the lines to paste; a program gets all kinds.
    init(json: Bool, kind: PinKind, passphrases: PassphraseSource, backend: BuiltInBackend) {
        self.json = json
        self.kind = kind
        decoder = KeyDecoder(passphrases)
        self.backend = backend
    }

    var hasErrors: Bool { !errors.isEmpty }

    /// Adds what a file holds, and reports what is wrong with it. Throws only where output cannot be written.
    mutating func add(_ path: String) throws(Failure) {
        let file: InputFile
        do {
            file = try InputFile(path)
        } catch {
            report(error.message)
            return
        }
        var isWarned = false
        for item in CertificateReader(file, takingKeys: true) {
            switch item {
            case .certificate(let encoded): try add(encoded)
            case .content(let content):
                if content.kind == .privateKey, file.isReadableByAll, !isWarned {
                    isWarned = true
                    StandardError.write(
                        "\(file.name): a private key that every user of this machine can read; chmod go=")
                }
                try add(content)
            case .mistake(let message): report(message)
            case .note(let message): StandardError.write(message)
            }
        }
    }

    private mutating func add(_ encoded: EncodedCertificate) throws(Failure) {
        let summary: CertificateSummary
        do {
            summary = try CertificateSummary(encoded, backend)
        } catch {
            report(error.message)
            return
        }
        let place: [(name: String, value: JSON)] = [
            ("file", .string(encoded.fileName)), ("number", .integer(encoded.number)), ("line", JSON(encoded.line)),
        ]
        certificates.append(.object(place + summary.json))
        try write(
            encoded.place, ["subject: \(summary.subjectText)", AlgorithmText.key(summary.algorithm, summary.bits)],
            summary.pins)
    }

    private mutating func add(_ content: EncodedContent) throws(Failure) {
        if content.kind == .pkcs7 {
            do {
                for (index, bytes) in try decoder.certificates(in: content).enumerated() {
                    try add(
                        EncodedCertificate(
                            fileName: content.fileName, line: content.line, number: index + 1, bytes: bytes))
                }
            } catch {
                report(error.message)
            }
            return
        }
        let summary: KeySummary
        do {
            summary = try KeySummary(decoder.subjectPublicKeyInfo(of: content), content.place, backend)
        } catch {
            report(error.message)
            return
        }
        let members: [(name: String, value: JSON)] = [
            ("file", .string(content.fileName)), ("line", JSON(content.line)), ("type", .string(content.kind.name)),
            ("algorithm", .string(summary.algorithm)), ("bits", JSON(summary.bits)),
        ]
        keys.append(.object(members + PinKind.json(summary.pins)))
        try write(
            "\(content.place): \(content.kind.name)", [AlgorithmText.key(summary.algorithm, summary.bits)], summary.pins
        )
    }

    /// What it is, in comments, and the line of the wanted kind.
    private mutating func write(
        _ title: String, _ notes: [String], _ pins: [(kind: PinKind, digest: Digest)]
    ) throws(Failure) {
        let pin = pins.first { $0.kind == kind }
        guard !json else { return }
        let lines = ([title] + notes).map { "# \($0)\n" } + (pin.map { ["\(kind.name) = \($0.digest.base64)\n"] } ?? [])
        try StandardOutput.write(lines.joined() + "\n")
        if pin == nil { report("\(title) has no \(kind.name): \(kind.needs)") }
    }

    private mutating func report(_ message: String) {
        errors.append(message)
        StandardError.write(message)
    }

    func finish() throws(Failure) {
        guard json else { return }
        let members: [(name: String, value: JSON)] = [("certificates", .array(certificates)), ("keys", .array(keys))]
        try StandardOutput.write(Document(PinCommand.name, members, errors: errors).text)
    }
}

extension PinKind {
    /// Why something may not have a pin of the kind.
    fileprivate var needs: String {
        switch self {
        case .spki: "it takes a public key"
        case .key: "RSA, EC on P-256, P-384 or P-521, Ed25519 and Ed448 have one"
        case .certificate: "it is of a whole certificate"
        }
    }
}
