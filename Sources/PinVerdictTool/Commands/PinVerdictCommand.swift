// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import BuiltInBackends
import CPinVerdict
import Glibc

/// The command `pinverdict`. Its exit status says what a script needs to know: each subcommand's 0 and 1 mean
/// what its help says, 2 is everything that went wrong (3 where the subcommand has a meaning for 2).
@main
struct PinVerdictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pinverdict",
        abstract: "TLS pinning: the pins of certificates, verdicts about chains, and mistakes in policies.",
        discussion: "The policy file is described in pinverdict-policy(5).",
        version: "pinverdict \(PINVERDICT_VERSION) with \(BuiltInBackend.libraries)",
        subcommands: [
            PinCommand.self, CheckCommand.self, ProbeCommand.self, LintCommand.self, ExplainCommand.self,
            DiffCommand.self, DraftCommand.self, VerifyCommand.self, ImportCommand.self, ExportCommand.self,
            RunCommand.self, CAACommand.self, CTLogsCommand.self, CTJudgeCommand.self, CTWatchCommand.self,
        ])

    static func main() {
        // Where a pipe is closed or a file may not grow, the write is to fail, not a signal to end the command.
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
        Glibc.exit(status().rawValue)
    }

    private static func status() -> ExitCode {
        do {
            var command = try parseAsRoot()
            if let reporting = command as? any ReportingCommand {
                try reporting.report { try command.run() }
            } else {
                try command.run()
            }
            return .success
        } catch let code as ExitCode {
            return code
        } catch let failure as Failure {
            failure.print()
        } catch {
            // Help and the version come as errors, too.
            guard exitCode(for: error).isSuccess else {
                StandardError.print(fullMessage(for: error))
                return misuse
            }
            do {
                try StandardOutput.write(fullMessage(for: error) + "\n")
                return .success
            } catch let failure {
                failure.print()
            }
        }
        return misuse
    }

    /// That of the subcommand, which need not have been parsed.
    private static var misuse: ExitCode {
        let name = CommandLine.arguments.dropFirst().first
        let commands = configuration.subcommands.compactMap { $0 as? any ReportingCommand.Type }
        return commands.first { $0.name == name }?.misuse ?? .misuse
    }
}

extension ExitCode {
    /// `check`, `probe`: a connection is to be refused. `lint`: there are warnings.
    static let unfavourable = ExitCode(1)
    /// A mistake in the arguments, in a file, or of the machine.
    static let misuse = ExitCode(2)
}
