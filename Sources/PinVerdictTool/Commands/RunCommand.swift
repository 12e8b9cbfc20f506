// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct RunCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program whose TLS connections the pins are asked about, though it knows nothing of pins.",
        discussion: """
            A library is preloaded that looks at the client connections which the program, and what it starts, makes \
            with the system's OpenSSL and GnuTLS, by the host name that the program gave to them. What is refused is \
            said on standard error. It is a seat belt, not a jail: a program that wants to get around it does.

            Example: pinverdict run --policy pins.conf -- wget https://api.example.com/

            Exits as the program does; with 125 where the policy, or with --strict the program, will not do, 126 where \
            the program cannot be run, 127 where there is none.
            """)

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"), completion: .file())
    var policy: String

    @Flag(help: "Refuse programs that cannot be looked at, and connections for which the program gave no host name.")
    var strict = false

    @Option(help: ArgumentHelp("The environment of the checker.", valueName: "name"))
    var environment: String?

    @Option(
        name: .customLong("install-id"),
        help: ArgumentHelp("What tells this installation from others, for rollout-percent.", valueName: "text"))
    var installID: String?

    @Option(
        help: ArgumentHelp("The library to preload, where it is not beside the command's folder.", valueName: "file"),
        completion: .file())
    var preload: String?

    @Argument(parsing: .postTerminator, help: "The program and its arguments, behind --.")
    var program: [String]

    var printsJSON: Bool { false }
    static var misuse: ExitCode { .notRun }

    func validate() throws {
        guard !program.isEmpty else { throw ValidationError("no program is given: pinverdict run ... -- PROGRAM") }
        guard policy != "-" else { throw ValidationError("the policy cannot be standard input: each process reads it") }
        try PolicyOptions.require(environment: environment)
        try CheckCommand.require(installID: installID)
    }

    func run() throws {
        let file = try PolicyFile.require(policy)
        _ = try file.environmentNumber(environment)
        if file.shared.settings.needsInstallID, installID == nil {
            throw Failure("the policy has a rollout-percent; give --install-id")
        }
        let library = try PreloadLibrary(path: preload)
        let executable = try Executable(named: program[0])
        if let obstacle = executable.obstacle {
            guard !strict else { throw Failure("\(executable.name): \(obstacle)") }
            StandardError.write("\(executable.name): \(obstacle): its connections may go unchecked")
        }
        let settings = RunSettings(
            policy: try RunSettings.absolute(policy), isStrict: strict, environment: environment, installID: installID)
        try executable.replaceCommand(program, settings.environment(preloading: library))
    }
}

extension ExitCode {
    /// Those of env(1) and the like, so that the program's own stay its own.
    static let notRun = ExitCode(125)
    static let cannotRun = ExitCode(126)
    static let notFound = ExitCode(127)
}
