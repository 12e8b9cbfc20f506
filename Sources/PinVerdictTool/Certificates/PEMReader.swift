// SPDX-License-Identifier: Apache-2.0

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
            case .broken: return .mistake(line: line, PEMReader.notAlone)
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
                return .mistake(line: line, PEMReader.notAlone)
            }
        }
        return .mistake(line: begin, "-----BEGIN \(label)----- without its END; the file may have been cut short")
    }

    private static let notAlone = "text before or behind a -----BEGIN …----- or -----END …-----"

    private enum Boundary {
        case none
        case begin(String)
        case end(String)
        /// The words are there, but not alone on their line.
        case broken
    }

    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let hyphen = UInt8(ascii: "-")
    private static let dashes = Array("-----".utf8)

    private func boundary(_ range: Range<Int>) -> Boundary {
        let line = text[range]
        guard PEMReader.contains(PEMReader.begin, line) || PEMReader.contains(PEMReader.end, line) else { return .none }
        var end = range.upperBound
        while end > range.lowerBound, text[end - 1] <= UInt8(ascii: " ") { end -= 1 }
        let trimmed = text[range.lowerBound..<end]
        if let label = PEMReader.label(trimmed, behind: PEMReader.begin) { return .begin(label) }
        if let label = PEMReader.label(trimmed, behind: PEMReader.end) { return .end(label) }
        return .broken
    }

    /// The label of a boundary: printable ASCII without a hyphen at either end (RFC 7468, section 3).
    private static func label(_ line: ArraySlice<UInt8>, behind word: [UInt8]) -> String? {
        guard line.starts(with: word), line.count >= word.count + dashes.count, line.suffix(5).elementsEqual(dashes)
        else { return nil }
        let label = line.dropFirst(word.count).dropLast(dashes.count)
        guard label.allSatisfy(\.isPrintable), label.first != hyphen, label.last != hyphen, !contains(dashes, label)
        else { return nil }
        return String(decoding: label, as: UTF8.self)
    }

    /// Whether a text has anything that this reader finds.
    static func hasBlocks(_ text: [UInt8]) -> Bool { contains(begin, text[...]) || contains(end, text[...]) }

    private static func contains(_ word: [UInt8], _ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = word.first, bytes.count >= word.count else { return false }
        for start in bytes.startIndex...(bytes.endIndex - word.count) where bytes[start] == first {
            if bytes[start...].starts(with: word) { return true }
        }
        return false
    }

    /// The next line, without its end.
    private mutating func nextLine() -> Range<Int>? {
        guard position < text.count else { return nil }
        line += 1
        let start = position
        while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
        let range = start..<position
        if position < text.count { position += 1 }
        return range
    }
}
