// SPDX-License-Identifier: Apache-2.0

/// How a server's answer in lines is known to be good, and to be over.
enum LineAnswer {
    /// `220 text`, or several lines, of which all but the last begin with `220-` (in FTP with anything, behind the
    /// first).
    case code(String)
    /// One line that begins so.
    case word(String)
    /// IMAP: lines that begin with `*`, then `TAG OK`.
    case tag(String)

    enum Reading {
        case more
        case good
        case bad
    }

    /// - Parameter first: The answer's first line.
    func read(_ line: String, first: String) -> Reading {
        switch self {
        case .code(let code):
            guard first.hasPrefix(code) else { return .bad }
            if line == code || line.hasPrefix(code + " ") { return .good }
            return first.hasPrefix(code + "-") ? .more : .bad
        case .word(let word):
            return line == word || line.hasPrefix(word + " ") ? .good : .bad
        case .tag(let tag):
            if line.hasPrefix("* ") { return .more }
            return line == "\(tag) OK" || line.hasPrefix("\(tag) OK ") ? .good : .bad
        }
    }
}
