// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CCurl
import Glibc

struct CTWatchCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ct-watch",
        abstract: "Follow logs of Certificate Transparency, and say which certificates lack the pins of their hosts.",
        discussion: """
            Reads each new entry of the logs once, as ct-judge reads certificates, and holds all that it reads against \
            the roots that the logs have signed. It begins at the end of a log, and goes on where an earlier run \
            with the same --state has stopped. pinverdict(1) says what the file of logs has in it.

            Example: pinverdict ct-watch --policy pins.conf --logs logs.conf --state ct.state --once

            Exits, with --once, with 0 where nothing is found, 1 for findings, 2 where some log was not read to its \
            end, 3 for a bad policy, file or option.
            """)

    static let misuse = ExitCode(3)

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"), completion: .file())
    var policy: String

    @Option(help: ArgumentHelp("The environment of the checker.", valueName: "name"))
    var environment: String?

    @Option(
        help: ArgumentHelp("The logs: [ct-log NAME] with url, api and key.", valueName: "file"), completion: .file())
    var logs: String

    @Option(help: ArgumentHelp("Where it is kept what has been read.", valueName: "file"), completion: .file())
    var state: String

    @Option(
        help: ArgumentHelp("Append findings to a file, each once; else to standard output.", valueName: "file"),
        completion: .file())
    var findings: String?

    @Option(help: ArgumentHelp("The entry to begin at in logs that were not read before.", valueName: "index"))
    var from: UInt64?

    @Flag(help: "Read the logs to their ends and exit, instead of going on for ever.")
    var once = false

    @Option(help: ArgumentHelp("Seconds between two looks at a log.", valueName: "seconds"))
    var interval = 60.0

    @Option(
        name: .customLong("max-delay"),
        help: ArgumentHelp("Hours after which log-silent and behind are said.", valueName: "hours"))
    var maxDelay = 24.0

    @Option(help: ArgumentHelp("Seconds for one answer of a log.", valueName: "seconds"))
    var timeout = 60.0

    @Option(help: ArgumentHelp("How often a log is asked one thing, 1 to 100.", valueName: "number"))
    var tries = 5

    @Option(help: ArgumentHelp("Seconds before the second try; each pause is twice the last.", valueName: "seconds"))
    var pause = 1.0

    @Option(
        name: .customLong("trust-file"),
        help: ArgumentHelp("The trust anchors for HTTPS, in PEM; else the system's.", valueName: "file"),
        completion: .file())
    var trustFile: String?

    @Flag(help: "Print certificates that have the pins, too.")
    var all = false

    @Flag(help: "Print JSON, an object in each line.")
    var json = false

    /// What keeps the command from its work is on standard error alone: each line is a finding.
    var printsJSON: Bool { false }

    private static let longestPause = 3600.0

    func validate() throws {
        try StandardInput.requireOnce([policy, logs])
        try PolicyOptions.require(environment: environment)
        for (name, seconds) in [("--interval", interval), ("--timeout", timeout)] {
            guard seconds > 0, seconds <= 86400 else { throw ValidationError("\(name) is more than 0, at most 86400") }
        }
        guard pause >= 0, pause <= CTWatchCommand.longestPause else { throw ValidationError("--pause is 0 to 3600") }
        guard maxDelay > 0, maxDelay <= 8760 else { throw ValidationError("--max-delay is more than 0, at most 8760") }
        guard tries >= 1, tries <= 100 else { throw ValidationError("--tries is 1 to 100") }
        guard state != "-", findings != "-", trustFile != "-" else {
            throw ValidationError("the state, the findings and the trust file are files")
        }
    }

    func run() throws {
        #if OpenSSL
            let file = try PolicyFile.require(policy)
            let judge = try CertificateJudge(file, environment: try file.environmentNumber(environment))
            let list = try LogList(logs)
            guard ccurl_start() else { throw Failure("libcurl does not start") }
            let journal = try WatchJournal(state: state, findings: findings, json: json, all: all)
            let settings = LogFollower.Settings(
                start: from, longestDelay: maxDelay * 3600,
                patience: LogClient.Patience(
                    tries: tries, firstPause: pause, longestPause: once ? 60 : CTWatchCommand.longestPause),
                requestSeconds: timeout, trustFile: trustFile)
            let watch = LogWatch(list.logs, judge, journal, settings, interval: once ? nil : interval)
            let isComplete = try watch.run()
            if let failure = journal.failure { throw failure }
            if journal.hasAlarm { throw ExitCode.unfavourable }
            if !isComplete { throw ExitCode.notReached }
        #else
            throw Failure("ct-watch needs OpenSSL, and this command was built without it")
        #endif
    }
}
