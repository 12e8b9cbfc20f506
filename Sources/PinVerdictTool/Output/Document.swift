// SPDX-License-Identifier: Apache-2.0

/// The JSON object that a command prints with `--json`: of one shape for all, which pinverdict(1) describes.
struct Document {
    /// Raised when a member goes or changes its meaning; members may be added.
    static let format = 1

    private let members: [(name: String, value: JSON)]

    /// - Parameters:
    ///   - members: What the command itself says.
    ///   - errors: What kept it from saying more, as standard error has it.
    init(_ command: String, _ members: [(name: String, value: JSON)] = [], errors: [String] = []) {
        self.members =
            [("format", .integer(Document.format)), ("command", .string(command))] + members
            + [("errors", .array(errors.map { .string($0) }))]
    }

    var text: String { JSON.object(members).text }
}
