// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CAACommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "caa",
        abstract: "Compare a policy's caa-issuer with the CAA records that CAs obey, proved by DNSSEC.",
        discussion: """
            For each host or pin set with caa-issuer, the records are looked up as a CA does (RFC 8659): those of the \
            host, or of the nearest name above. The findings are described in pinverdict(1).

            Example: pinverdict caa pins.conf

            Exits with 0 where the records are as the policy says, 1 where there are findings, 2 where a lookup failed \
            or the policy cannot be used.
            """)

    @Option(
        help: ArgumentHelp(
            "The resolver to ask, ADDRESS or ADDRESS@PORT; else the name servers are asked, from the root on.",
            valueName: "address"))
    var resolver: String?

    @Option(
        name: .customLong("trust-anchor"),
        help: ArgumentHelp("The root's DS or DNSKEY records, for DNSSEC.", valueName: "file"), completion: .file())
    var trustAnchor = CAAResolver.rootKey

    @Option(help: ArgumentHelp("Seconds for each name.", valueName: "seconds"))
    var timeout = 10.0

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The policy file; - is standard input.", valueName: "policy"), completion: .file())
    var policy: String

    var printsJSON: Bool { json }

    func validate() throws {
        guard timeout > 0, timeout <= Deadline.maximum else {
            throw ValidationError("--timeout is more than 0 and at most 3600 seconds")
        }
    }

    func run() throws {
        let file = try PolicyFile.require(policy)
        let rules = CAARule.all(of: file)
        guard !rules.isEmpty else {
            throw Failure(
                "\(file.file.name): no host has a caa-issuer; say by whom its certificates are issued, "
                    + "as in caa-issuer = letsencrypt.org")
        }
        var resolver = try CAAResolver(server: resolver, trustAnchor: trustAnchor, timeout: timeout)
        var reports: [CAAReport] = []
        for rule in rules {
            let report = CAAReport(rule, &resolver)
            if !json { try StandardOutput.write(report.text(file.file.name)) }
            reports.append(report)
        }
        let failures = reports.compactMap(\.failure)
        if json {
            let document = Document(Self.name, [("hosts", .array(reports.map(\.json)))], errors: failures)
            try StandardOutput.write(document.text)
        }
        guard failures.isEmpty else { throw ExitCode.misuse }
        if reports.contains(where: { !$0.findings.isEmpty }) { throw ExitCode.unfavourable }
    }
}
