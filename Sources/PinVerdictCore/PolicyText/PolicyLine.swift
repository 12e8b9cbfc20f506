// SPDX-License-Identifier: Apache-2.0

/// One line of a policy file.
struct PolicyLine {
    enum Content {
        /// White space or a comment.
        case nothing
        /// `[name argument]`
        case section(name: ByteRange, argument: ByteRange)
        /// `key = value`
        case setting(key: ByteRange, value: ByteRange)
        case mistake(Mistake)
    }

    enum Mistake {
        case cutShort, tooLong, byteOrderMark, nul, controlCharacter, notUTF8, turningCharacter
        case noSectionEnd, textAfterSection, noKey, neither
    }

    /// From 1.
    var number: Int
    /// Of its first byte in the text.
    var start: Int
    var content: Content
}

/// Splits a policy's text into lines and each line into its parts. What the parts mean is not its business.
struct PolicyLineReader: ~Escapable {
    private let text: Span<UInt8>
    private var position = 0
    private var number = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    mutating func next() -> PolicyLine? {
        let start = position
        guard start < text.count else { return nil }
        number += 1
        var mistake: PolicyLine.Mistake?
        var hasHighBytes = false
        var hasHash = false
        var end = start
        while end < text.count {
            let byte = text[end]
            if byte &- UInt8(ascii: "$") <= UInt8(ascii: "~") - UInt8(ascii: "$") {  // from $ to ~: most of a policy
                end += 1
                continue
            }
            if byte == .lineFeed { break }
            if byte == UInt8(ascii: "#") {
                hasHash = true
            } else if byte >= 0x80 {
                hasHighBytes = true
            } else if byte == .delete || byte < UInt8(ascii: " ") && byte != .tab && !isEndOfLine(end) {
                mistake = mistake ?? (byte == 0 ? .nul : .controlCharacter)
            }
            end += 1
        }
        position = min(end + 1, text.count)
        if hasHighBytes, mistake == nil { mistake = Self.mistake(inHighBytesOf: text.extracting(start..<end)) }
        if number == 1, text.beginsWithByteOrderMark { mistake = .byteOrderMark }
        if end == text.count { mistake = .cutShort }
        if position - start > PolicyLimits.line { mistake = .tooLong }
        if let mistake { return PolicyLine(number: number, start: start, content: .mistake(mistake)) }
        return PolicyLine(
            number: number, start: start, content: parts(hasHash ? beforeComment(start, end) : start..<end))
    }

    /// Beside what is no UTF-8, the characters by which a line shows other than it is: U+0080 to U+009F, control
    /// characters too; and U+2028 to U+202E and U+2066 to U+2069, which end a line or turn its direction.
    private static func mistake(inHighBytesOf line: Span<UInt8>) -> PolicyLine.Mistake? {
        guard (try? UTF8Span(validating: line)) != nil else { return .notUTF8 }
        for index in line.indices {
            if line[index] == 0xc2, line[index + 1] < 0xa0 { return .controlCharacter }
            guard line[index] == 0xe2 else { continue }
            switch (line[index + 1], line[index + 2]) {
            case (0x80, 0xa8...0xae), (0x81, 0xa6...0xa9): return .turningCharacter
            default: break
            }
        }
        return nil
    }

    /// Whether a carriage return and a line feed stand here.
    private func isEndOfLine(_ index: Int) -> Bool {
        text[index] == .carriageReturn && index + 1 < text.count && text[index + 1] == .lineFeed
    }

    /// What stands before a #, if that is the first character of the line or follows white space.
    private func beforeComment(_ start: Int, _ end: Int) -> Range<Int> {
        for index in start..<end where text[index] == UInt8(ascii: "#") && (index == start || text[index - 1].isSpace) {
            return start..<index
        }
        return start..<end
    }

    private func parts(_ line: Range<Int>) -> PolicyLine.Content {
        let range = spacesTrimmed(line.lowerBound, line.upperBound)
        guard !range.isEmpty else { return .nothing }
        if text[range.lowerBound] == UInt8(ascii: "[") { return section(range) }
        for index in range where text[index] == UInt8(ascii: "=") {
            let key = spacesTrimmed(range.lowerBound, index)
            guard !key.isEmpty else { return .mistake(.noKey) }
            return .setting(key: ByteRange(key), value: ByteRange(spacesTrimmed(index + 1, range.upperBound)))
        }
        return .mistake(.neither)
    }

    /// The section's argument may hold brackets of its own, as IPv6 addresses do: the last one ends it.
    private func section(_ range: Range<Int>) -> PolicyLine.Content {
        guard text[range.upperBound - 1] == UInt8(ascii: "]"), range.count >= 2 else {
            for index in range where text[index] == UInt8(ascii: "]") { return .mistake(.textAfterSection) }
            return .mistake(.noSectionEnd)
        }
        let inner = spacesTrimmed(range.lowerBound + 1, range.upperBound - 1)
        var nameEnd = inner.lowerBound
        while nameEnd < inner.upperBound, !text[nameEnd].isSpace { nameEnd += 1 }
        let argument = spacesTrimmed(nameEnd, inner.upperBound)
        return .section(name: ByteRange(inner.lowerBound, nameEnd), argument: ByteRange(argument))
    }

    /// Without white space on either side; a carriage return is the end of a line here.
    private func spacesTrimmed(_ start: Int, _ end: Int) -> Range<Int> {
        var first = start
        while first < end, text[first].isSpace { first += 1 }
        var last = end
        while last > first, text[last - 1].isSpace || text[last - 1] == .carriageReturn { last -= 1 }
        return first..<last
    }
}
