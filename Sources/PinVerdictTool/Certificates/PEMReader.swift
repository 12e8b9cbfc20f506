/// Finds the encapsulated blocks in a text (RFC 7468). Text around them is ignored; a block that is not whole is
/// a mistake, never skipped.
struct PEMReader {
    enum Item {
        /// The label, the line of its BEGIN, and the text in between.
        case block(label: String, line: Int, content: Range<Int>)
        case mistake(line: Int, String)
    }

    private let text: [UInt8]
    private var position = 0
    private var line = 0
    /// A BEGIN that was read where an END should have been.
    private var pending: (label: String, line: Int)?

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() -> Item? {
        if let begin = pending {
            pending = nil
            return block(begin.label, begin.line)
        }
        while let found = nextLine() {
            switch boundary(found) {
            case .begin(let label): return block(label, line)
            case .end(let label): return .mistake(line: line, "-----END \(label)----- without its BEGIN")
            case .broken: return .mistake(line: line, "text before or behind a -----BEGIN …----- or -----END …-----")
            case .none: continue
            }
        }
        return nil
    }

    private mutating func block(_ label: String, _ begin: Int) -> Item {
        let start = position
        while let found = nextLine() {
            switch boundary(found) {
            case .none:
                continue
            case .end(label):
                return .block(label: label, line: begin, content: start..<found.lowerBound)
            case .end(let other):
                return .mistake(line: begin, "-----BEGIN \(label)----- ends with -----END \(other)-----")
            case .begin(let other):
                pending = (other, line)
                return .mistake(line: begin, "-----BEGIN \(label)----- without its END")
            case .broken:
                return .mistake(line: line, "text before or behind a -----BEGIN …----- or -----END …-----")
            }
        }
        return .mistake(line: begin, "-----BEGIN \(label)----- without its END; the file may have been cut short")
    }

    private enum Boundary {
        case none
        case begin(String)
        case end(String)
        /// The words are there, but not alone on their line.
        case broken
    }

    private func boundary(_ range: Range<Int>) -> Boundary {
        guard range.count >= 11, contains("-----BEGIN ", range) || contains("-----END ", range) else { return .none }
        var end = range.upperBound
        while end > range.lowerBound, text[end - 1] <= 0x20 { end -= 1 }
        let trimmed = text[range.lowerBound..<end]
        func label(behind word: String) -> String? {
            guard trimmed.starts(with: word.utf8), trimmed.count >= word.utf8.count + 5,
                trimmed.suffix(5).elementsEqual("-----".utf8)
            else { return nil }
            let label = trimmed.dropFirst(word.utf8.count).dropLast(5)
            // RFC 7468, section 3: printable ASCII, no hyphen at either end.
            guard label.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }), label.first != 0x2d, label.last != 0x2d,
                !contains("-----", label.indices)
            else { return nil }
            return String(decoding: label, as: UTF8.self)
        }
        if let label = label(behind: "-----BEGIN ") { return .begin(label) }
        if let label = label(behind: "-----END ") { return .end(label) }
        return .broken
    }

    private func contains(_ word: StaticString, _ range: Range<Int>) -> Bool {
        PEMReader.contains(word, in: text[range])
    }

    /// Whether bytes contain ASCII text from the source.
    static func contains(_ word: StaticString, in bytes: ArraySlice<UInt8>) -> Bool {
        let word = Array(String(word).utf8)
        guard bytes.count >= word.count, let first = word.first else { return false }
        for start in bytes.startIndex...(bytes.endIndex - word.count) where bytes[start] == first {
            if bytes[start..<(start + word.count)].elementsEqual(word) { return true }
        }
        return false
    }

    /// The next line, without its end.
    private mutating func nextLine() -> Range<Int>? {
        guard position < text.count else { return nil }
        line += 1
        let start = position
        while position < text.count, text[position] != 0x0a { position += 1 }
        let range = start..<position
        if position < text.count { position += 1 }
        return range
    }
}
