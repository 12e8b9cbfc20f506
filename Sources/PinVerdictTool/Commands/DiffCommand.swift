// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct DiffCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which hosts another policy decides for otherwise, and whether it is looser or stricter.",
        discussion: """
            All hosts that either policy names are compared, and those that wildcards and include-subdomains reach: by \
            what decides for them, not by how it is written. For a review:

                pinverdict diff deployed.conf pins.conf

            Exits with 0 where nothing is looser, 1 where something is, 2 where a policy cannot be used.
            """)

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The policy before; - is standard input.", valueName: "old"))
    var old: String

    @Argument(help: ArgumentHelp("The policy after; - is standard input.", valueName: "new"))
    var new: String

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce([old, new]) }

    func run() throws {
        let file = try PolicyFile.require(new)
        let changes = PolicyChanges(from: try PolicyFile.require(old), to: file)
        let document = Document(Self.name, [("changes", changes.json), ("loosens", .bool(changes.loosens))])
        try StandardOutput.write(json ? document.text : changes.text(file.file.name))
        if changes.loosens { throw ExitCode.unfavourable }
    }
}
