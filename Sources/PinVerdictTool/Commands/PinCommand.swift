// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct PinCommand: ReportingCommand {
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

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce(files) }

    func run() throws {
        var output = PinOutput(json: json, backend: .automatic)
        for path in files.isEmpty ? ["-"] : files { try output.add(path) }
        try output.finish()
        if output.hasErrors { throw ExitCode.misuse }
    }
}
