// SPDX-License-Identifier: Apache-2.0

/// Finds the encapsulated blocks in a text (RFC 7468). Text around them is ignored; a block that is not whole is a
/// mistake, never skipped.
public struct PEMReader: ~Escapable {
    public enum Item: Sendable {
        /// The label, the line of its BEGIN from 1, and the text in between.
        case block(label: Range<Int>, line: Int, content: Range<Int>)
        case mistake(Mistake, line: Int)
    }

    /// Each with the labels that it is about.
    public enum Mistake: Sendable {
        case endAlone(Range<Int>)
        /// The words of a BEGIN or an END are there, but not alone on their line.
        case notAlone
        case otherEnd(Range<Int>, end: Range<Int>)
        case noEnd(Range<Int>)
        /// The text ends within the block.
        case cutShort(Range<Int>)
    }

    private let text: Span<UInt8>
    private var position = 0
    private var line = 0
    /// A BEGIN that was read where an END should have been.
    private var pending: (label: Range<Int>, line: Int)?

    @_lifetime(copy text)
    public init(_ text: Span<UInt8>) { self.text = text }

    public mutating func next() -> Item? {
        if let begin = pending {
            pending = nil
            return block(begin.label, begin.line)
        }
        while let found = nextLine() {
            switch boundary(found) {
            case .begin(let label): return block(label, line)
            case .end(let label): return .mistake(.endAlone(label), line: line)
            case .broken: return .mistake(.notAlone, line: line)
            case .none: continue
            }
        }
        return nil
    }

    private mutating func block(_ label: Range<Int>, _ begin: Int) -> Item {
        let start = position
        while let found = nextLine() {
            switch boundary(found) {
            case .none:
                continue
            case .end(let end):
                guard isEqual(text.extracting(label), text.extracting(end)) else {
                    return .mistake(.otherEnd(label, end: end), line: begin)
                }
                return .block(label: label, line: begin, content: start..<found.lowerBound)
            case .begin(let other):
                pending = (other, line)
                return .mistake(.noEnd(label), line: begin)
            case .broken:
                return .mistake(.notAlone, line: line)
            }
        }
        return .mistake(.cutShort(label), line: begin)
    }

    private enum Boundary {
        case none
        case begin(Range<Int>)
        case end(Range<Int>)
        case broken
    }

    private static var begin: StaticString { "-----BEGIN " }
    private static var end: StaticString { "-----END " }
    private static var dashes: StaticString { "-----" }

    private func boundary(_ range: Range<Int>) -> Boundary {
        var end = range.upperBound
        while end > range.lowerBound, text[end - 1] <= UInt8(ascii: " ") { end -= 1 }
        let line = range.lowerBound..<end
        guard
            PEMReader.contains(PEMReader.begin, text.extracting(line))
                || PEMReader.contains(PEMReader.end, text.extracting(line))
        else { return .none }
        if let label = label(line, behind: PEMReader.begin) { return .begin(label) }
        if let label = label(line, behind: PEMReader.end) { return .end(label) }
        return .broken
    }

    /// The label of a boundary: printable ASCII without a hyphen at either end (RFC 7468, section 3).
    private func label(_ line: Range<Int>, behind word: StaticString) -> Range<Int>? {
        let first = line.lowerBound + word.utf8CodeUnitCount
        let last = line.upperBound - PEMReader.dashes.utf8CodeUnitCount
        guard first <= last, text.extracting(line).starts(with: word),
            isEqual(text.extracting(last..<line.upperBound), PEMReader.dashes)
        else { return nil }
        for index in first..<last where text[index] < UInt8(ascii: " ") || text[index] >= .delete { return nil }
        let label = text.extracting(first..<last)
        let hyphen = UInt8(ascii: "-")
        guard label.isEmpty || label[0] != hyphen && label[label.count - 1] != hyphen,
            !PEMReader.contains(PEMReader.dashes, label)
        else { return nil }
        return first..<last
    }

    /// Whether a text has anything that this reader finds.
    public static func hasBlocks(_ text: Span<UInt8>) -> Bool { contains(begin, text) || contains(end, text) }

    private static func contains(_ word: StaticString, _ bytes: Span<UInt8>) -> Bool {
        var start = 0
        while start + word.utf8CodeUnitCount <= bytes.count {
            if bytes[start] == UInt8(ascii: "-"), bytes.extracting(droppingFirst: start).starts(with: word) {
                return true
            }
            start += 1
        }
        return false
    }

    /// The next line, without its end.
    private mutating func nextLine() -> Range<Int>? {
        guard position < text.count else { return nil }
        line += 1
        let start = position
        while position < text.count, text[position] != .lineFeed { position += 1 }
        let range = start..<position
        if position < text.count { position += 1 }
        return range
    }
}
