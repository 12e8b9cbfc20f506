// SPDX-License-Identifier: Apache-2.0

/// A JSON value, whose members keep their order (RFC 8259).
enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case unsigned(UInt64)
    case string(String)
    case array([JSON])
    case object([(name: String, value: JSON)])

    /// The text, with a line end behind it.
    var text: String { text(indent: "") }

    /// The same in one line, for what comes one by one.
    var line: String { text(indent: nil) }

    private func text(indent: String?) -> String {
        var text = ""
        write(to: &text, indent: indent)
        return text + "\n"
    }

    /// - Parameter indent: Nil for all in one line.
    private func write(to text: inout String, indent: String?) {
        let deeper = indent.map { $0 + "  " }
        let start = deeper.map { "\n" + $0 } ?? ""
        let end = indent.map { "\n" + $0 } ?? ""
        let separator = indent == nil ? ", " : ","
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .string(let value): JSON.write(value, to: &text)
        case .array(let values):
            text += "["
            for (position, value) in values.enumerated() {
                text += (position == 0 ? "" : separator) + start
                value.write(to: &text, indent: deeper)
            }
            text += values.isEmpty ? "]" : end + "]"
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                text += (position == 0 ? "" : separator) + start
                JSON.write(member.name, to: &text)
                text += ": "
                member.value.write(to: &text, indent: deeper)
            }
            text += members.isEmpty ? "}" : end + "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON {
    /// The string, or null.
    init(_ text: String?) { self = text.map(JSON.string) ?? .null }

    /// The number, or null.
    init(_ number: Int?) { self = number.map(JSON.integer) ?? .null }
}
