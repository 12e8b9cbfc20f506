import ArgumentParser
import PinVerdict

struct PinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Print the pins of certificates, ready to paste into a policy.",
        discussion: """
            Of every certificate: its subject, the algorithm of its key, and its pins. A policy needs one of them; \
            pin-sha256, of the public key, is the one that other tools print too.

            Exits with 0 when every certificate was read, else with 2.
            """)

    @Argument(help: "PEM files, of several certificates each, or DER files; - or none: standard input.")
    var files: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws { try StandardInput.requireOnce(files) }

    func run() throws {
        let backend = try BackendName.auto.requireBackend()
        var certificates: [JSON] = []
        var problems: [String] = []
        func report(_ message: String) {
            problems.append(message)
            StandardError.write(message)
        }
        for path in files.isEmpty ? ["-"] : files {
            let file: InputFile
            do {
                file = try InputFile(path)
            } catch {
                report(error.message)
                continue
            }
            var number = 0
            for item in CertificateFile(file).items {
                switch item {
                case .mistake(let message): report(message)
                case .note(let message): StandardError.write(message)
                case .certificate(let encoded):
                    number += 1
                    let summary: CertificateSummary
                    do {
                        summary = try CertificateSummary(encoded, backend)
                    } catch {
                        report(error.message)
                        continue
                    }
                    if json {
                        certificates.append(
                            .object([("file", .string(file.name)), ("number", .integer(number))] + summary.json))
                    } else {
                        try StandardOutput.write(text(encoded, summary))
                    }
                }
            }
        }
        if json {
            let document = JSON.object([
                ("certificates", .array(certificates)), ("errors", .array(problems.map(JSON.string))),
            ])
            try StandardOutput.write(document.text)
        }
        guard problems.isEmpty else { throw ExitCode.misuse }
    }

    private func text(_ encoded: EncodedCertificate, _ summary: CertificateSummary) -> String {
        var text = "# \(encoded.place)\n# subject: \(summary.subjectText)\n# key: \(summary.algorithm)\n"
        for pin in summary.pins {
            text += "\(pin.kind.name.padded(to: 18)) = \(pin.digest.base64)\n"
        }
        return text + "\n"
    }
}
