// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What `lint` says of one file.
struct LintReport {
    private let name: String
    private let findings: [LintFinding]
    private let notes: [LintNote]
    /// How many mistakes there are beside the findings.
    private let more: Int
    /// For people.
    let text: String

    /// What has changed since the deployed policy, for people and for programs.
    private let changes: PolicyChanges?

    /// Throws where the file cannot be read.
    init(_ path: String, _ settings: LintSettings) throws(Failure) {
        let file = try InputFile(path)
        let name = file.name
        var summary: String
        switch try PolicyFile.read(file) {
        case .policy(let policy):
            let linter = Linter(policy, settings)
            var found = linter.findings
            notes = linter.notes
            changes = settings.deployed.map { PolicyChanges(from: $0, to: policy) }
            if let finding = settings.deployed.flatMap({ LintFinding.serialNotRaised(from: $0, to: policy) }) {
                found.insert(finding, at: 0)
            }
            for index in found.indices where found[index].code.map(settings.allowed.contains) ?? false {
                found[index].isAllowed = true
            }
            findings = found
            more = 0
            summary = findings.isEmpty ? "\(name): no mistakes and no warnings\n" : ""
            if let changes { summary += changes.text(name) }
            policy.shared.release()
        case .mistakes(let mistakes, let more):
            findings = mistakes.map { LintFinding(severity: .error, line: $0.line, code: nil, message: $0.message) }
            self.more = more
            notes = []
            changes = nil
            let count = counted(mistakes.count + more, "mistake")
            summary =
                (more > 0 ? "\(name): and \(more) more\n" : "")
                + "\(name): \(count); warnings are looked for when there is none\n"
        }
        self.name = name
        text = findings.map { $0.text(name) }.joined() + notes.map { $0.text(name) }.joined() + summary
    }

    /// For programs: people have seen the message on standard error.
    init(_ path: String, unreadable message: String) {
        name = InputFile.name(of: path)
        findings = [LintFinding(severity: .error, line: nil, code: nil, message: message)]
        notes = []
        more = 0
        changes = nil
        text = ""
    }

    var exitCode: ExitCode {
        if findings.allSatisfy(\.isAllowed) { return .success }
        return findings.contains { $0.severity == .error } ? .misuse : .unfavourable
    }

    var json: JSON {
        .object([
            ("file", .string(name)), ("problems", .array(findings.map(\.json))), ("more_mistakes", .integer(more)),
            ("notes", .array(notes.map(\.json))), ("changes", changes?.json ?? .null),
        ])
    }
}
