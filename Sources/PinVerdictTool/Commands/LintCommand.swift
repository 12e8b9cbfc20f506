// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Print every mistake in a policy, and what is legal in it but unwise.",
        discussion: """
            Warnings are looked for in policies without mistakes. Their kinds are described in pinverdict(1).

            Exits with 0 for a clean policy, 1 where there are warnings, 2 where there are mistakes or a file cannot \
            be read.
            """)

    @Option(
        help: ArgumentHelp(
            "The time, as YYYY-MM-DD or in seconds since 1970 (UTC); else the clock's.", valueName: "time"))
    var now: Moment?

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("Policy files; - is standard input.", valueName: "policy"))
    var files: [String]

    func validate() throws { try StandardInput.requireOnce(files) }

    func run() throws {
        let publicSuffixes = PublicSuffixList()
        if publicSuffixes == nil { StandardError.write("there is no public suffix list: its warnings are left out") }
        var documents: [JSON] = []
        var status = ExitCode.success
        for path in files {
            let report: LintReport
            do {
                report = try LintReport(path, now: now ?? .current, publicSuffixes)
            } catch {
                StandardError.write(error.message)
                report = LintReport(path, unreadable: error.message)
            }
            if report.exitCode.rawValue > status.rawValue { status = report.exitCode }
            if json {
                documents.append(report.json)
            } else {
                try StandardOutput.write(report.text)
            }
        }
        if json { try StandardOutput.write(JSON.object([("files", .array(documents))]).text) }
        guard status == .success else { throw status }
    }
}
