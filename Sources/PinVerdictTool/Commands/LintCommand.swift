// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct LintCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Print every mistake in a policy, and what is legal in it but unwise.",
        discussion: """
            Warnings are looked for in policies without mistakes. Their kinds are described in pinverdict(1).

            With --deployed, what the policy says otherwise than the one that is in force is printed, too, and that \
            its serial has to rise.

            Example: pinverdict lint --deployed pins.conf new-pins.conf

            Exits with 0 for a clean policy, 1 where there are warnings that are not allowed, 2 where there are \
            mistakes or a file cannot be read.
            """)

    @Option(
        name: [.customLong("now"), .customLong("at")],
        help: ArgumentHelp(
            "The time, as YYYY-MM-DD or in seconds since 1970 (UTC); else the clock's.", valueName: "time"))
    var now: Moment?

    @Option(
        name: .customLong("allow"),
        help: ArgumentHelp(
            "Do not exit with 1 for warnings of this kind, such as enforcement-off. May repeat.", valueName: "kind"))
    var allowed: [LintCode] = []

    @Option(
        help: ArgumentHelp("The policy that is in force, to compare with.", valueName: "policy"), completion: .file())
    var deployed: String?

    @Option(
        name: .customLong("trust-file"),
        help: ArgumentHelp("PEM file of the roots that programs trust; else the system's.", valueName: "file"),
        completion: .file())
    var trustFile: String?

    @Option(
        name: .customLong("ca-keys"),
        help: ArgumentHelp("A list of keys of certificate authorities; else the one built in.", valueName: "file"),
        completion: .file())
    var caKeys: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("Policy files; - is standard input.", valueName: "policy"), completion: .file())
    var files: [String]

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce(files + [deployed, trustFile, caKeys].compactMap { $0 }) }

    func run() throws {
        let publicSuffixes = PublicSuffixList()
        if publicSuffixes == nil { StandardError.write("there is no public suffix list: its warnings are left out") }
        let settings = LintSettings(
            now: now ?? .current, publicSuffixes: publicSuffixes,
            caKeys: try CAKeys(list: caKeys, trustFile: trustFile), allowed: Set(allowed),
            deployed: try deployed.map { try PolicyFile.require($0) })
        var documents: [JSON] = []
        var status = ExitCode.success
        for path in files {
            let report: LintReport
            do {
                report = try LintReport(path, settings)
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
        if json { try StandardOutput.write(Document(Self.name, [("files", .array(documents))]).text) }
        guard status == .success else { throw status }
    }
}

extension LintCode: ExpressibleByArgument {}
