// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct PinCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Print the pins of certificates and keys, ready to paste into a policy.",
        discussion: """
            Takes certificates and PKCS #7 bundles of them, certificate requests, public keys and private keys, in PEM \
            with any text around, or in DER. Of each: what it is, the algorithm and size of its key, and its pin. A \
            private key is read, never printed: the pin of a backup key that is offline needs no certificate.

            Example: pinverdict pin server.pem backup.key

            Exits with 0 when everything was read, else with 2.
            """)

    @Option(help: ArgumentHelp("Which pin: of the SubjectPublicKeyInfo, the bare key, or the whole certificate."))
    var kind = PinKindOption.spki

    @Option(
        name: .customLong("passphrase-file"),
        help: ArgumentHelp(
            "Its first line opens encrypted private keys; else the terminal is asked.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @Flag(help: "Print JSON: the pins of every kind.")
    var json = false

    @Argument(help: "PEM files, of several items each, or DER files; - or none: standard input.", completion: .file())
    var files: [String] = []

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce(files + [passphraseFile].compactMap { $0 }) }

    func run() throws {
        let passphrases = try PassphraseSource(file: passphraseFile)
        var output = PinOutput(json: json, kind: kind.kind, passphrases: passphrases, backend: .automatic)
        for path in files.isEmpty ? ["-"] : files { try output.add(path) }
        try output.finish()
        if output.hasErrors { throw ExitCode.misuse }
    }
}
