// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct ImportCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a policy of the pins in another system's configuration.",
        discussion: """
            What a policy cannot express is said on standard error, line by line. No format but ours knows backups: \
            the first pin of each list is taken to be in use, unless --in-use says which are.

                pinverdict import --format android network_security_config.xml >pins.conf

            Exits with 0 where there is a policy, 2 where there is none.
            """)

    @Option(help: ArgumentHelp("The format of the file.", valueName: "format"))
    var format: ImportFormat

    @Option(
        name: .customLong("in-use"),
        help: ArgumentHelp(
            "A pin that is in use, and no backup. May repeat.", valueName: "pin"))
    var pinsInUse: [String] = []

    @Flag(help: "Fail where something cannot be expressed.")
    var strict = false

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The file; - is standard input.", valueName: "file"))
    var file: String

    var printsJSON: Bool { json }

    func run() throws {
        let text = try ImportedText(file)
        var policy = ImportedPolicy(from: text)
        try format.reader.read(text, into: &policy)
        policy.finish()
        let imported = ImportedPolicyText(policy, from: format.reader.name, pinsInUse: try requirePins(in: policy))
        do throws(Failure) {
            try imported.requireValid()
        } catch {
            try policy.losses.report(strictly: false)
            var failure = error
            failure.members = policy.losses.members
            throw failure
        }
        try policy.losses.report(strictly: strict)
        let members = [("policy", JSON.string(imported.text))] + policy.losses.members
        try StandardOutput.write(json ? Document(Self.name, members).text : imported.text)
    }

    /// The pins of `--in-use`, which the file has to have: a spelling mistake would make a backup of a key in use.
    private func requirePins(in policy: ImportedPolicy) throws(Failure) -> Set<PinKey> {
        let known = Set(policy.sets.flatMap(\.pins).map { PinKey($0.digest, .spki) })
        var pins: Set<PinKey> = []
        for value in pinsInUse {
            let bytes = Array(value.utf8)
            let digest: Digest
            do throws(PinValue.Failure) {
                digest = try PinValue.digest(of: bytes.span, kind: .spki)
            } catch {
                throw Failure("--in-use: \(String(error.message(bytes.span).text.span))")
            }
            guard known.contains(PinKey(digest, .spki)) else {
                throw Failure("--in-use: \(policy.text.name) has no pin \(digest.base64)")
            }
            pins.insert(PinKey(digest, .spki))
        }
        return pins
    }
}
