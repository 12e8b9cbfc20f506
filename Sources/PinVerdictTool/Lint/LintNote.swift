// SPDX-License-Identifier: Apache-2.0

/// What is good to know of a policy, and no reason to change it.
struct LintNote {
    let line: Int?
    let message: String

    func text(_ fileName: String) -> String { "\(Place.text(fileName, line)): \(Colour.cyan.on("note")): \(message)\n" }

    var json: JSON { .object([("line", JSON(line)), ("message", .string(message))]) }
}
