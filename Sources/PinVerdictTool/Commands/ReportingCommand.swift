// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A subcommand that prints text for people or, with `--json`, one ``Document``.
protocol ReportingCommand: ParsableCommand {
    var printsJSON: Bool { get }
    /// The exit status for what the command cannot use.
    static var misuse: ExitCode { get }
}

extension ReportingCommand {
    static var misuse: ExitCode { .misuse }

    static var name: String { configuration.commandName ?? "" }

    /// Runs the command. What keeps it from its work is in the document too: a program need not read standard error.
    func report(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch let failure as Failure where printsJSON && !failure.lines.isEmpty {
            try StandardOutput.write(Document(Self.name, failure.members, errors: failure.lines).text)
            throw failure
        }
    }
}
