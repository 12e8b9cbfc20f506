// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdict

/// The certificates as they are read: printed at once for people, at the end for programs.
struct PinOutput {
    private let json: Bool
    private let backend: BuiltInBackend
    private var certificates: [JSON] = []
    private var errors: [String] = []

    var hasErrors: Bool { !errors.isEmpty }

    init(json: Bool, backend: BuiltInBackend) {
        self.json = json
        self.backend = backend
    }

    /// Adds the certificates of a file, and reports what is wrong with it. Throws only where output cannot be written.
    mutating func add(_ path: String) throws(Failure) {
        let file: InputFile
        do {
            file = try InputFile(path)
        } catch {
            report(error.message)
            return
        }
        for item in CertificateReader(file) {
            switch item {
            case .certificate(let encoded): try add(encoded)
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
        guard !json else {
            let place: [(name: String, value: JSON)] = [
                ("file", .string(encoded.fileName)), ("number", .integer(encoded.number)), ("line", JSON(encoded.line)),
            ]
            certificates.append(.object(place + summary.json))
            return
        }
        var text = "# \(encoded.place)\n# subject: \(summary.subjectText)\n# key: \(summary.algorithm)\n"
        for pin in summary.pins { text += "\(pin.kind.name.padded(to: 18)) = \(pin.digest.base64)\n" }
        try StandardOutput.write(text + "\n")
    }

    private mutating func report(_ message: String) {
        errors.append(message)
        StandardError.write(message)
    }

    func finish() throws(Failure) {
        guard json else { return }
        let document = Document(PinCommand.name, [("certificates", .array(certificates))], errors: errors)
        try StandardOutput.write(document.text)
    }
}
