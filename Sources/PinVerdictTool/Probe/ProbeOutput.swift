// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Prints the results as they come, for people, or at the end, for programs; and a policy, where one is proposed.
struct ProbeOutput {
    private let json: Bool
    private var errors: [String]
    private let count: Int
    /// Whether there is a policy.
    private let judges: Bool
    private var proposal: Proposal?
    private var servers: [JSON] = []
    private var allowed = 0
    private var refused = 0
    private var notReached = 0

    init(json: Bool, errors: [String], count: Int, judges: Bool, proposal: Proposal?) {
        self.json = json
        self.errors = errors
        self.count = count
        self.judges = judges
        self.proposal = proposal
    }

    var status: ExitCode { refused > 0 ? .unfavourable : notReached > 0 ? .notReached : .success }

    mutating func add(_ result: ProbeResult) throws {
        switch result.status {
        case .allowed: allowed += 1
        case .refused: refused += 1
        case .notReached: notReached += 1
        }
        if let rule = result.proposal { proposal?.add(rule) }
        guard !json else {
            servers.append(result.json)
            return
        }
        if proposal == nil {
            try StandardOutput.write(result.text)
        } else if result.proposal == nil {
            // Standard output has the policy alone.
            StandardError.put(result.text)
            guard result.status == .allowed else { return }
            StandardError.write("no CA is on that path, which ends with the leaf; --propose leaf pins the key itself")
        }
    }

    func finish() throws {
        guard !json else {
            let summary: [(name: String, value: JSON)] = [
                ("allowed", .integer(allowed)), ("refused", .integer(refused)), ("not_reached", .integer(notReached)),
            ]
            let members: [(name: String, value: JSON)] = [
                ("servers", .array(servers)), ("summary", .object(summary)),
                ("proposal", JSON(policy)),
            ]
            try StandardOutput.write(Document(ProbeCommand.name, members, errors: errors).text)
            return
        }
        if let policy {
            try StandardOutput.write(policy)
        } else if proposal == nil, count > 1 {
            let words = judges ? ("allowed", "refused") : ("trusted", "not trusted")
            try StandardOutput.write(
                "\n\(counted(count, "host")): \(allowed) \(words.0), \(refused) \(words.1), \(notReached) not reached\n"
            )
        }
    }

    /// The policy that is proposed, if it has a rule.
    private var policy: String? { proposal.flatMap { $0.rules.isEmpty ? nil : $0.text } }
}
