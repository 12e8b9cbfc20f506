// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct DraftCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "draft",
        abstract: "Make a policy for review of what checks have seen: their events.",
        discussion: """
            Reads events, an object of JSON on each line, as a program reports them. Keys of hosts that had no rule, \
            of those that matched and of those that failed become pins of a policy that refuses nothing; comments say \
            how often each was seen, and since when.

                pinverdict draft --propose ca events.jsonl >draft.conf

            A line that is no event is an error, and the rest is read. Exits with 0 where all lines were taken, 1 \
            where some were not, 2 where there is no policy.
            """)

    @Option(help: ArgumentHelp("Pin the keys of the CAs at the ends of paths, or of leaves.", valueName: "whose"))
    var propose = ProposalChoice.ca

    @Flag(help: "Print JSON.")
    var json = false

    @Argument(help: ArgumentHelp("Files of events; - is standard input.", valueName: "events"))
    var events: [String]

    var printsJSON: Bool { json }

    func validate() throws { try StandardInput.requireOnce(events) }

    func run() throws {
        var draft = Draft(propose, at: .current)
        var files = EventFiles()
        try files.read(events, into: &draft)
        guard !draft.isEmpty else {
            throw Failure(
                mistakes: files.mistakes + ["pinverdict: no event has a path to make pins of"], draft.json)
        }
        for mistake in files.mistakes { StandardError.print(mistake) }
        for (count, what) in [
            (draft.withoutPath, "without a path"), (draft.unusable, "of paths that no pin is to be made of"),
        ] where count > 0 { StandardError.write("passed over: \(count) event\(count == 1 ? "" : "s") \(what)") }
        try StandardOutput.write(
            json ? Document(Self.name, draft.json, errors: files.mistakes).text : draft.text)
        if !files.mistakes.isEmpty { throw ExitCode.unfavourable }
    }
}
