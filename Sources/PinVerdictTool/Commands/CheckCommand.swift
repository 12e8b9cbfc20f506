// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdict

struct CheckCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a policy allows a connection to a host over a path of certificates.",
        discussion: """
            The certificates are taken as the path that a TLS library has validated, leaf first, trust anchor last. \
            This command does not validate them: signatures, dates and the names in the leaf are not looked at. \
            Do not give it what a server has sent.

            Exits with 0 for allow, 1 for refuse, 2 where there is no verdict: a bad policy, file or option.
            """)

    @OptionGroup var options: PolicyOptions

    @Option(
        name: .customLong("install-id"),
        help: ArgumentHelp("What tells this installation from others, for rollout-percent.", valueName: "text"))
    var installID: String?

    @Option(help: ArgumentHelp("The TLS library.", valueName: "name"))
    var backend = BackendOption.auto

    @Flag(
        name: .customLong("cross-check"),
        help: "Have the TLS library read each certificate too, and compare the keys.")
    var crossChecks = false

    @Argument(help: ArgumentHelp("PEM or DER files: the path, leaf first; - is standard input.", valueName: "chain"))
    var files: [String]

    var printsJSON: Bool { options.json }

    func validate() throws {
        try StandardInput.requireOnce([options.policy] + files)
        try CheckCommand.require(installID: installID)
    }

    static func require(installID: String?) throws {
        guard let installID else { return }
        guard installID.utf8.count >= 1, installID.utf8.count <= 256 else {
            throw ValidationError("an install id has 1 to 256 bytes")
        }
    }

    func run() throws {
        let file = try PolicyFile.require(options.policy)
        if file.shared.settings.needsInstallID, installID == nil {
            throw Failure("the policy has a rollout-percent; give --install-id")
        }
        let circumstances = CheckCircumstances(
            backend: try backend.requireBackend(), crossChecks: crossChecks,
            environment: try options.environmentNumber(in: file), installID: Array((installID ?? "").utf8),
            clock: options.now ?? .current)
        let chain = try CertificateChain(files: files)
        let verdict = circumstances.verdict(host: options.host, chain, under: file)
        let report = CheckReport(
            host: options.host, verdict: verdict, file: file, chain: chain, circumstances: circumstances)
        try StandardOutput.write(options.json ? Document(Self.name, report.members).text : report.text)
        if !verdict.isAllowed { throw ExitCode.unfavourable }
    }
}
