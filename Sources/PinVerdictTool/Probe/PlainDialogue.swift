// SPDX-License-Identifier: Apache-2.0

/// What is said to a server and answered before TLS. No answer may be long.
struct PlainDialogue {
    static let longestLine = 4096
    static let mostLines = 100

    private let socket: Socket
    /// What has come and has not been read.
    private var pending: [UInt8] = []

    private static let unfinished = "the server has not finished STARTTLS"

    init(_ socket: Socket) { self.socket = socket }

    func say(_ text: String) throws(NotReached) { try say(Array(text.utf8)) }

    func say(_ bytes: [UInt8]) throws(NotReached) { try socket.send(bytes, PlainDialogue.unfinished) }

    /// Waits for more.
    private mutating func fetch() throws(NotReached) {
        let bytes = try socket.receive(PlainDialogue.unfinished)
        guard !bytes.isEmpty else {
            throw NotReached("the server closed the connection in the middle of STARTTLS")
        }
        pending += bytes
    }

    mutating func bytes(_ count: Int) throws(NotReached) -> [UInt8] {
        while pending.count < count { try fetch() }
        defer { pending.removeFirst(count) }
        return Array(pending[..<count])
    }

    /// Without its line end.
    private mutating func line() throws(NotReached) -> String {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")), end < PlainDialogue.longestLine {
                var line = try bytes(end + 1).dropLast()
                if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
                return String(decoding: line, as: UTF8.self)
            }
            guard pending.count < PlainDialogue.longestLine else {
                throw NotReached("the server's line is too long; does it speak this protocol?")
            }
            try fetch()
        }
    }

    /// The lines of a good answer.
    mutating func answer(_ expected: LineAnswer) throws(NotReached) -> [String] {
        var lines: [String] = []
        while lines.count < PlainDialogue.mostLines {
            let line = try line()
            lines.append(line)
            switch expected.read(line, first: lines[0]) {
            case .more: continue
            case .good: return lines
            case .bad:
                throw NotReached("the server does not start TLS: it said \"\(String(line.prefix(100)).printable)\"")
            }
        }
        throw NotReached("the server's answer has too many lines; does it speak this protocol?")
    }

    /// Text up to the first of these endings.
    mutating func text(through endings: [String]) throws(NotReached) -> String {
        var text: [UInt8] = []
        while text.count < 4 * PlainDialogue.longestLine {
            text += try bytes(1)
            for ending in endings where text.suffix(ending.utf8.count).elementsEqual(ending.utf8) {
                return String(decoding: text, as: UTF8.self)
            }
        }
        throw NotReached("the server's answer is too long; does it speak this protocol?")
    }

    /// Nothing may have come behind the last answer.
    func end() throws(NotReached) {
        guard pending.isEmpty, !socket.hasBytes else {
            throw NotReached(
                "the server sent more behind its answer to STARTTLS, before TLS: somebody may be injecting plain text")
        }
    }
}
