// SPDX-License-Identifier: Apache-2.0

/// A problem of a policy: a mistake, for which no checker takes it, or what is legal but unwise.
struct LintFinding {
    enum Severity: String {
        case error, warning

        var colour: Colour { self == .error ? .red : .yellow }
    }

    let severity: Severity
    let line: Int?
    /// Of a warning: its kind, for programs.
    let code: LintCode?
    let message: String
    /// The user has said that it is meant: it is told, and does not count.
    var isAllowed = false

    func text(_ fileName: String) -> String {
        let kind = code.map { " [\($0.rawValue)\(isAllowed ? ", allowed" : "")]" } ?? ""
        return "\(Place.text(fileName, line)): \(severity.colour.on(severity.rawValue)): \(message)\(kind)\n"
    }

    var json: JSON {
        .object([
            ("severity", .string(severity.rawValue)), ("line", JSON(line)), ("code", JSON(code?.rawValue)),
            ("message", .string(message)), ("allowed", .bool(isAllowed)),
        ])
    }
}

/// The kinds of warnings.
enum LintCode: String, CaseIterable {
    case noBackup = "no-backup"
    case needless
    case expired
    case expiresSoon = "expires-soon"
    case stale
    case staleSoon = "stale-soon"
    case enforcementOff = "enforcement-off"
    case serialNotRaised = "serial-not-raised"
    case ruleOff = "rule-off"
    case neverDecides = "never-decides"
    case neverEnforced = "never-enforced"
    case noEffect = "no-effect"
    case outOfReach = "out-of-reach"
    case neverAllows = "never-allows"
    case rejectedPin = "rejected-pin"
    case rejectedKeyAllowed = "rejected-key-allowed"
    case inUseAndBackup = "in-use-and-backup"
    case publicSuffix = "public-suffix"
    case sharedPin = "shared-pin"
    case unusedPinSet = "unused-pin-set"
    case unusedEnvironments = "unused-environments"
    case manyPins = "many-pins"
    case retiredCAKey = "retired-ca-key"
    case rotatingCAKey = "rotating-ca-key"
    case someRoots = "some-roots"
    case rootVaries = "root-varies"
    case certificatePin = "certificate-pin"
    case ctLogsStale = "ct-logs-stale"
    case ctLogsStaleSoon = "ct-logs-stale-soon"
    case ctLogsEnd = "ct-logs-end"
    case oneOperator = "one-operator"
}
