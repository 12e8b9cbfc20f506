// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Prints the results as they come, for people, or at the end, for programs.
struct ProbeOutput {
    private let json: Bool
    private var errors: [String]
    private let count: Int
    /// Whether there is a policy.
    private let judges: Bool
    private var servers: [JSON] = []
    private var allowed = 0
    private var refused = 0
    private var notReached = 0

    init(json: Bool, errors: [String], count: Int, judges: Bool) {
        self.json = json
        self.errors = errors
        self.count = count
        self.judges = judges
    }

    var status: ExitCode { refused > 0 ? .unfavourable : notReached > 0 ? .notReached : .success }

    mutating func add(_ result: ProbeResult) throws {
        switch result.status {
        case .allowed: allowed += 1
        case .refused: refused += 1
        case .notReached: notReached += 1
        }
        guard !json else {
            servers.append(result.json)
            return
        }
        try StandardOutput.write(result.text)
    }

    func finish() throws {
        guard !json else {
            let summary: [(name: String, value: JSON)] = [
                ("allowed", .integer(allowed)), ("refused", .integer(refused)), ("not_reached", .integer(notReached)),
            ]
            let members: [(name: String, value: JSON)] = [
                ("servers", .array(servers)), ("summary", .object(summary)),
            ]
            try StandardOutput.write(Document(ProbeCommand.name, members, errors: errors).text)
            return
        }
        if count > 1 {
            let words = judges ? ("allowed", "refused") : ("trusted", "not trusted")
            try StandardOutput.write(
                "\n\(counted(count, "host")): \(allowed) \(words.0), \(refused) \(words.1), \(notReached) not reached\n"
            )
        }
    }
}
