// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

/// The options that say which rule of which policy is meant.
struct PolicyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The policy file; - is standard input.", valueName: "file"), completion: .file())
    var policy: String

    @Option(help: ArgumentHelp("The host that the connection was made to: a name or an IP address.", valueName: "name"))
    var host: String

    @Option(help: ArgumentHelp("The environment of the checker.", valueName: "name"))
    var environment: String?

    @Option(
        name: [.customLong("now"), .customLong("at")],
        help: ArgumentHelp(
            "The time, as YYYY-MM-DD or in seconds since 1970 (UTC); else the clock's.", valueName: "time"))
    var now: Moment?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws { try PolicyOptions.require(environment: environment) }

    static func require(environment: String?) throws {
        guard let environment else { return }
        guard PolicyName.isValid(Array(environment.utf8).span) else {
            throw ValidationError("an environment's name is 1 to 63 letters, digits, '-', '_' or '.'")
        }
    }

    func environmentNumber(in file: PolicyFile) throws(Failure) -> Int? { try file.environmentNumber(environment) }
}

extension PolicyFile {
    /// The number that the policy gives to an environment, nil for none. Throws where it needs one, as a checker does.
    func environmentNumber(_ environment: String?) throws(Failure) -> Int? {
        let policy = shared.policy
        let number = environment.flatMap { policy.environment(named: Array($0.utf8).span) }
        guard policy.settings.needsEnvironment, number == nil else { return number }
        let names = (0..<policy.environmentCount).map { String(policy.environmentName($0)) }.joined(separator: ", ")
        throw Failure(
            environment == nil
                ? "the policy has rules for some environments only; give --environment, one of: \(names)"
                : "the policy declares no such environment as --environment says; it declares: \(names)")
    }
}
