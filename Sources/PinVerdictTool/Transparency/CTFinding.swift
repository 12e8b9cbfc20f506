// SPDX-License-Identifier: Apache-2.0

/// What is said of a certificate, or of a log.
struct CTFinding: Sendable {
    enum Kind: String {
        case notOurPins = "not-our-pins"
        case backupKey = "backup-key"
        case unreadableNames = "unreadable-names"
        case logForked = "log-forked"
        case logShrank = "log-shrank"
        case logSilent = "log-silent"
        case behind
        /// A certificate that the pins allow.
        case ours
        /// The host's rule is off.
        case notJudged = "not-judged"

        /// Somebody has to look.
        var isAlarm: Bool { self != .ours && self != .notJudged }

        fileprivate var colour: Colour {
            switch self {
            case .ours: .green
            case .notJudged: .cyan
            case .backupKey, .unreadableNames, .logSilent, .behind: .yellow
            case .notOurPins, .logForked, .logShrank: .red
            }
        }
    }

    let kind: Kind
    /// The rest of the line that begins with the kind.
    let headline: String
    /// What stands below it.
    let details: [(name: String, text: String)]
    /// Of the JSON object, beside the kind.
    let members: [(name: String, value: JSON)]
    /// A run that was ended may have said it already.
    var isRepeated = false

    var text: String {
        var report = Report()
        for (name, text) in details { report.add(name, text.printable) }
        if isRepeated { report.add("note", "an earlier run, which was ended, may have said this already") }
        return "\(kind.colour.on(kind.rawValue)): \(headline.printable)\n\(report.text)\n"
    }

    /// One line.
    var json: String {
        JSON.object(
            [("finding", .string(kind.rawValue))] + members + [("repeated", .bool(isRepeated))]
        ).line
    }
}
