// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

struct ExplainCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say which rule of a policy decides for a host, why no other does, and what it demands.",
        discussion: """
            A check takes the rule with the host's exact name, else the wildcard one label up, else that of the \
            nearest ancestor with include-subdomains. One rule decides alone; rules are never merged.

            Example: pinverdict explain --policy pins.conf --host www.example.com

            Exits with 0, whether or not a rule decides; with 2 where the policy or the host is malformed.
            """)

    @OptionGroup var options: PolicyOptions

    var printsJSON: Bool { options.json }

    func run() throws {
        let file = try PolicyFile.require(options.policy)
        let environment = try options.environmentNumber(in: file)
        guard let host = HostName(Array(options.host.utf8).span) else {
            throw Failure(MalformedHost.message(options.host))
        }
        let explanation = Explanation(
            file: file, host: host, environmentName: options.environment, environment: environment,
            now: options.now ?? .current)
        try StandardOutput.write(options.json ? Document(Self.name, explanation.members).text : explanation.text)
    }
}
