// SPDX-License-Identifier: Apache-2.0

/// A host, or hosts, that another rule decides for, or whose rule says something else.
struct HostChange {
    /// As ``HostScope/text`` has it; `*` for all hosts without a rule.
    let host: String
    /// Of the checker; nil where it is the same in all of them.
    let environment: String?
    /// Where the deciding rule stands.
    let oldLine: Int?
    let newLine: Int?
    let reasons: [ChangeReason]
    /// "- " and "+ " before what only the old and only the new policy says.
    let lines: [String]

    var isLooser: Bool { reasons.contains { $0.direction == .looser } }
    var isStricter: Bool { reasons.contains { $0.direction == .stricter } }

    func isEqualBesideEnvironment(_ other: HostChange) -> Bool {
        (oldLine, newLine) == (other.oldLine, other.newLine) && reasons == other.reasons && lines == other.lines
    }

    var withoutEnvironment: HostChange {
        HostChange(
            host: host, environment: nil, oldLine: oldLine, newLine: newLine, reasons: reasons, lines: lines)
    }

    /// For people and for programs.
    var direction: String {
        switch (isLooser, isStricter) {
        case (true, true): "both"
        case (true, false): "looser"
        case (false, true): "stricter"
        case (false, false): "neither"
        }
    }

    func text(_ fileName: String) -> String {
        let words =
            switch direction {
            case "both": "looser and stricter"
            case "neither": "neither looser nor stricter"
            default: direction
            }
        let place = environment.map { " in \($0)" } ?? ""
        let title = isLooser ? Colour.red.on(words) : isStricter ? Colour.green.on(words) : words
        return "\(Place.text(fileName, newLine)): \(title): \(host)\(place)\n"
            + reasons.map { "    \($0.direction): \($0.words)\n" }.joined() + lines.map { "    \($0)\n" }.joined()
    }

    var json: JSON {
        .object([
            ("host", .string(host)), ("environment", JSON(environment)), ("direction", .string(direction)),
            ("old_line", JSON(oldLine)), ("line", JSON(newLine)),
            (
                "reasons",
                .array(
                    reasons.map {
                        .object([("direction", .string($0.direction.rawValue)), ("message", .string($0.words))])
                    })
            ),
            ("lines", .array(lines.map { .string($0) })),
        ])
    }
}
