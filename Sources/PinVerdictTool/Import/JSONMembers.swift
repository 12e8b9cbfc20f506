// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The names in the outermost object of a JSON text, in their order: parsers forget that, the lines, and names that
/// stand twice. The text is one that a parser has taken.
struct JSONMembers {
    let members: [(name: String, line: Int)]

    init(_ text: [UInt8]) {
        var members: [(name: String, line: Int)] = []
        var line = 1
        var depth = 0
        /// The string that ended last, until something else comes.
        var string: Range<Int>?
        var position = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let start = position
                position += 1
                while position < text.count, text[position] != UInt8(ascii: "\"") {
                    position += text[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                string = start..<min(position + 1, text.count)
            case UInt8(ascii: ":"):
                if depth == 1, let string, let name = JSONMembers.name(text[string]) { members.append((name, line)) }
            default: break
            }
            position += 1
        }
        self.members = members
    }

    private static func name(_ text: ArraySlice<UInt8>) -> String? {
        try? JSONDecoder().decode(String.self, from: Data(text))
    }
}
