// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct ExportCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a policy's pins for another system.",
        discussion: """
            What the format cannot express is said on standard error, line by line. A rule that only reports, or whose \
            pins have expired, is left out of a format that would enforce it.

                pinverdict export --format android pins.conf >network_security_config.xml

            Exits with 0 where there is something to print, else with 2.
            """)

    @Option(help: ArgumentHelp("The format to write.", valueName: "format"))
    var format: ExportFormat

    @Option(
        name: .customLong("host"),
        help: ArgumentHelp(
            "Only the rule that decides for this host. May repeat; curl's is for one.", valueName: "name"))
    var hosts: [String] = []

    @Option(help: ArgumentHelp("The environment whose rules are written.", valueName: "name"))
    var environment: String?

    @Flag(help: "Fail where something cannot be expressed.")
    var strict = false

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The policy; - is standard input.", valueName: "policy"))
    var policy: String

    var printsJSON: Bool { json }

    func validate() throws {
        guard format != .curl || hosts.count == 1 else { throw ValidationError("--format curl takes one --host") }
        try PolicyOptions.require(environment: environment)
    }

    func run() throws {
        let file = try PolicyFile.require(policy)
        let number = try file.environmentNumber(environment)
        var names: [HostName] = []
        for host in hosts {
            guard let name = HostName(Array(host.utf8).span) else { throw Failure(MalformedHost.message(host)) }
            guard file.shared.policy.rule(for: name, environment: number) != nil else {
                throw Failure("\(file.file.name): no rule decides for \(host)")
            }
            names.append(name)
        }
        var export = Export(file, hosts: names, environment: number)
        let text = format.writer.text(of: &export)
        try export.losses.report(strictly: strict)
        guard let text else {
            throw Failure("\(file.file.name): nothing that is enforced can be written so", export.losses.members)
        }
        let members = [("output", JSON.string(text))] + export.losses.members
        try StandardOutput.write(json ? Document(Self.name, members).text : text)
    }
}
