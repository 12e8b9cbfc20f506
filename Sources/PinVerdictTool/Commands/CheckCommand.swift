// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct CheckCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a policy allows a connection to a host over a path of certificates.",
        discussion: """
            The certificates are taken as the path that a TLS library has validated, leaf first, trust anchor last. \
            This command does not validate them: signatures, dates and the names in the leaf are not looked at. \
            What a server has sent takes --presented: a TLS library makes a path of it first, and validates that.

            Example: openssl s_client -connect HOST:443 -servername HOST -showcerts </dev/null |
                       pinverdict check --policy pins.conf --host HOST --presented -

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

    @Flag(
        name: .customLong("presented"),
        help: "The certificates are what a server sent, leaf first: they are validated, for the host and the time.")
    var isPresented = false

    @Option(
        name: .customLong("trust-file"),
        help: ArgumentHelp("PEM file of the trust anchors for --presented; else the system's.", valueName: "file"),
        completion: .file())
    var trustFile: String?

    @Argument(
        help: ArgumentHelp("PEM or DER files: the path, leaf first; - is standard input.", valueName: "chain"),
        completion: .file())
    var files: [String]

    var printsJSON: Bool { options.json }

    func validate() throws {
        try StandardInput.requireOnce([options.policy] + files)
        guard isPresented || trustFile == nil else { throw ValidationError("--trust-file takes --presented") }
        guard trustFile != "-" else { throw ValidationError("a trust file cannot be standard input") }
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
        let report =
            isPresented
            ? try presentedReport(chain, file, circumstances)
            : CheckReport(
                host: options.host, verdict: circumstances.verdict(host: options.host, chain, under: file), file: file,
                chain: chain, circumstances: circumstances, origin: .given)
        try StandardOutput.write(options.json ? Document(Self.name, report.members).text : report.text)
        if !report.verdict.isAllowed { throw ExitCode.unfavourable }
    }

    private func presentedReport(
        _ sent: CertificateChain, _ file: PolicyFile, _ circumstances: CheckCircumstances
    ) throws(Failure) -> CheckReport {
        let anchors = try TrustAnchors.load(circumstances.backend, file: trustFile)
        let check = PresentedCheck(sent, host: options.host, anchors, circumstances, under: file)
        return CheckReport(
            host: options.host, verdict: check.verdict, file: file, chain: check.path, circumstances: circumstances,
            origin: .presented(check))
    }
}
