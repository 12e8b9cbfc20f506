// SPDX-License-Identifier: Apache-2.0

/// What keeps a command from doing its work, as lines for standard error; exit status 2.
struct Failure: Error {
    /// Empty where nothing is to be printed.
    let lines: [String]
    /// What a ``Document`` has beside the lines.
    var members: [(name: String, value: JSON)]
    /// Of a file: its mistakes, each behind its place, as compilers print them. Otherwise the command is named before.
    private let isAboutPlaces: Bool

    init(_ message: String, _ members: [(name: String, value: JSON)] = []) {
        self.members = members
        lines = message.isEmpty ? [] : [message]
        isAboutPlaces = false
    }

    /// What is wrong in a file, a line each.
    init(mistakes: [String], _ members: [(name: String, value: JSON)] = []) {
        self.members = members
        lines = mistakes
        isAboutPlaces = true
    }

    var message: String { lines.joined(separator: "\n") }

    func print() {
        for line in lines {
            if isAboutPlaces {
                StandardError.print(line)
            } else {
                StandardError.write(line)
            }
        }
    }
}
