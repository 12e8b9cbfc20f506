// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CTLogsCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ct-logs",
        abstract: "Make a policy's [ct-logs] and [ct-log] sections of a list of logs.",
        discussion: """
            The list is JSON of the form of Google's log list v3, which you have the right to enforce by; Google's own \
            is not for that. Logs that a policy does not take are left out, and said on standard error.

            Example: pinverdict ct-logs --on-stale allow log_list.json >>pins.conf

            Exits with 0 where there are sections, 2 where there are none.
            """)

    @Option(
        name: .customLong("on-stale"),
        help: ArgumentHelp(
            "What becomes of hosts with require-scts when the list is too old; else a place to fill in.",
            valueName: "choice"))
    var onStale: StaleLogsChoice?

    @Flag(help: "Fail where a log is left out.")
    var strict = false

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The list; - is standard input.", valueName: "file"), completion: .file())
    var file: String

    var printsJSON: Bool { json }

    func run() throws {
        let list = try ListedLogs(try ImportedText(file))
        try list.losses.report(strictly: strict)
        let sections = list.sections(onStale: onStale)
        let members = [("policy", JSON.string(sections))] + list.losses.members
        try StandardOutput.write(json ? Document(Self.name, members).text : sections)
    }
}
