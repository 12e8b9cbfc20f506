// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct ProbeCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Connect to servers: what they send, the path that is trusted, and what a policy says of it.",
        discussion: """
            Connects with TLS 1.2 or 1.3, through the library's hooks for OpenSSL, and sends nothing. Of one host it \
            prints what was sent and the path side by side, of several a line each. Without a host it takes those of \
            --hosts-file, or of the policy.

            Example: pinverdict probe --propose leaf api.example.com >pins.conf

            A first policy for a server; then it is watched by pinverdict probe --policy pins.conf.

            Exits with 0 where all are allowed (without a policy: trusted), 1 where some are refused, 2 where the \
            others are but some were not reached, 3 for a bad policy, file or option.
            """)

    static let misuse = ExitCode(3)

    @Option(help: ArgumentHelp("The policy to check under; - is standard input.", valueName: "file"))
    var policy: String?

    @Option(help: ArgumentHelp("The policy that is to follow it; said, but not in the exit status.", valueName: "file"))
    var next: String?

    @Option(help: ArgumentHelp("The environment of the checker.", valueName: "name"))
    var environment: String?

    @Option(
        name: .customLong("install-id"),
        help: ArgumentHelp("What tells this installation from others, for rollout-percent.", valueName: "text"))
    var installID: String?

    @Option(
        name: .customLong("trust-file"),
        help: ArgumentHelp("The trust anchors, in PEM; else OpenSSL's own.", valueName: "file"))
    var trustFile: String?

    @Option(help: ArgumentHelp("Seconds for each host: connection, STARTTLS and handshake.", valueName: "seconds"))
    var timeout = 10.0

    @Option(help: ArgumentHelp("The protocol that turns to TLS.", valueName: "protocol"))
    var starttls: StartTLS?

    @Option(help: ArgumentHelp("Print a policy with a pin of each leaf, or of its CA.", valueName: "whose"))
    var propose: ProposalChoice?

    @Option(help: ArgumentHelp("Connect to this address, or ADDRESS:PORT, whatever the host.", valueName: "address"))
    var connect: String?

    @Option(help: ArgumentHelp("The name to ask the server for; the host is verified all the same.", valueName: "name"))
    var servername: String?

    @Option(
        name: .customLong("hosts-file"),
        help: ArgumentHelp("A file with a host in each line; - is standard input.", valueName: "file"))
    var hostsFile: String?

    @Option(help: ArgumentHelp("How many hosts at once, 1 to 256.", valueName: "number"))
    var parallel = 16

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("HOST or HOST:PORT; the port is else 443, or the protocol's.", valueName: "host"))
    var hosts: [String] = []

    var printsJSON: Bool { json }

    func validate() throws {
        try StandardInput.requireOnce([policy, next, hostsFile].compactMap { $0 })
        if hosts.isEmpty, hostsFile == nil, policy == nil {
            throw ValidationError("name a host, or give --hosts-file or --policy")
        }
        if next != nil, policy == nil { throw ValidationError("--next goes with --policy") }
        guard timeout > 0, timeout <= Deadline.maximum else {
            throw ValidationError("--timeout is more than 0 and at most \(Int(Deadline.maximum)) seconds")
        }
        guard parallel >= 1, parallel <= 256 else { throw ValidationError("--parallel is 1 to 256") }
        try PolicyOptions.require(environment: environment)
        try CheckCommand.require(installID: installID)
        guard let servername else { return }
        let name = HostName(Array(servername.utf8).span)
        guard name?.isAddress == false else { throw ValidationError("--servername is a host name") }
    }

    func run() throws {
        #if OpenSSL
            let now = Moment.current
            let policies = try [policy, next].compactMap { $0 }.map { path in
                let file = try PolicyFile.require(path)
                return ProbePolicy(
                    file, environment: environment, number: try file.environmentNumber(environment),
                    installID: installID, now: now)
            }
            let targets = try ProbeTargets(
                hosts, file: hostsFile, policies.first, defaultPort: starttls?.port ?? 443)
            let settings = ProbeSettings(
                client: try ProbeClient(trustFile: trustFile, policies: try policies.map { try $0.checker() }),
                policies: policies, resolver: Resolver(limit: 2 * parallel), seconds: timeout, startTLS: starttls,
                address: try connect.map { try ProbeCommand.address($0) }, serverName: servername, proposes: propose,
                output: json ? .json : targets.all.count == 1 && propose == nil ? .report : .line, now: now)
            for note in targets.notes { StandardError.write(note) }
            var output = ProbeOutput(
                json: json, errors: targets.notes, count: targets.all.count, judges: policy != nil,
                proposal: propose.map { Proposal($0, after: policies.first?.file, at: now) })
            let run = ProbeRun(targets: targets.all, parallel: parallel, probe: settings.probe)
            try run.run { try output.add($0) }
            try output.finish()
            guard output.status == .success else { throw output.status }
        #else
            throw Failure("probe needs OpenSSL, and this command was built without it")
        #endif
    }

    private static func address(_ text: String) throws(Failure) -> HostAndPort {
        let address = try HostAndPort(text)
        guard address.isAddress else { throw Failure("--connect takes an IP address, not a name") }
        return address
    }
}

extension ExitCode {
    /// `probe`: some servers were not reached, and no other was refused.
    static let notReached = ExitCode(2)
}
