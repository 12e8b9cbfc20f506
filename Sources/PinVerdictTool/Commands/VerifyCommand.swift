// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BuiltInBackends
import PinVerdictCore

struct VerifyCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say whether a policy is signed by one of these keys, and until when it is up to date.",
        discussion: """
            The file is one that holds both, as signify -S -e writes it; with --signature it is the policy alone. \
            Signing is signify's and minisign's: signify -S -e -s fleet.sec -m pins.conf -x pins.signed, or minisign \
            -S -l -s fleet.key -m pins.conf.

            Example: pinverdict verify --key fleet.pub pins.signed

            Exits with 0 for a policy that programs with these keys take; with 1 where its signature is not that of \
            one of them, or it is stale and says on-stale = refuse; with 2 where a file cannot be read, a key is none, \
            or the policy has mistakes.
            """)

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp("A public key of signify's or minisign's. May repeat, up to eight.", valueName: "file"),
        completion: .file())
    var keys: [String]

    @Option(
        help: ArgumentHelp("The signature: signify's .sig, or the .minisig of minisign -S -l.", valueName: "file"),
        completion: .file())
    var signature: String?

    @Option(
        name: [.customLong("now"), .customLong("at")],
        help: ArgumentHelp(
            "The time, as YYYY-MM-DD or in seconds since 1970 (UTC); else the clock's.", valueName: "time"))
    var now: Moment?

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "policy"), completion: .file())
    var file: String

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce(keys + [signature, file].compactMap { $0 }) }

    func run() throws {
        let verification = try Verification(policy: file, signature: signature, keys: keys, now: now ?? .current)
        try StandardOutput.write(json ? Document(Self.name, verification.members).text : verification.text)
        guard verification.isTaken else { throw ExitCode.unfavourable }
    }
}
