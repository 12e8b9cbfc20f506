// SPDX-License-Identifier: Apache-2.0

/// Looks at a document before a parser does, for what parsers have been attacked with: document types and the entities
/// that they declare, and tags with more attributes than anybody writes, which libxml2 compares each with each.
struct XMLGuard {
    private(set) var bytes: [UInt8]
    private var position = 0
    private var line = 1

    private static let maximumAttributes = 32

    /// The document type that property lists begin with. It is overwritten with spaces: nobody is to read it.
    private static let plistTypes = [
        #"<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">"#,
        #"<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "https://www.apple.com/DTDs/PropertyList-1.0.dtd">"#,
        #"<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "#
            + #""http://www.apple.com/DTDs/PropertyList-1.0.dtd">"#,
    ]

    /// The document's bytes, without a property list's document type.
    static func bytes(of text: ImportedText, isPropertyList: Bool) throws(Failure) -> [UInt8] {
        var guarding = XMLGuard(bytes: text.bytes)
        var mayHaveType = isPropertyList
        while guarding.skip(to: UInt8(ascii: "<")) {
            if guarding.skip("<!--", to: "-->") || guarding.skip("<![CDATA[", to: "]]>")
                || guarding.skip("<?", to: "?>")
            {
                continue
            }
            if guarding.stands("<!") {
                guard mayHaveType, guarding.eraseType() else {
                    throw text.mistake(
                        guarding.line, "a DOCTYPE or ENTITY, which is never read; take it out of the file")
                }
                mayHaveType = false
            } else if guarding.skipTag() > maximumAttributes {
                throw text.mistake(guarding.line, "a tag with more than \(maximumAttributes) attributes")
            }
        }
        return guarding.bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func stands(_ word: String) -> Bool { bytes[position...].starts(with: word.utf8) }

    private mutating func advance(by count: Int) {
        for index in position..<min(position + count, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
            line += 1
        }
        position = min(position + count, bytes.count)
    }

    /// False where there is none.
    private mutating func skip(to byte: UInt8) -> Bool {
        while position < bytes.count, bytes[position] != byte { advance(by: 1) }
        return position < bytes.count
    }

    /// False where the first word does not stand here. Without the second one, all that is left is skipped.
    private mutating func skip(_ start: String, to end: String) -> Bool {
        guard stands(start) else { return false }
        advance(by: start.utf8.count)
        while position < bytes.count, !stands(end) { advance(by: 1) }
        advance(by: end.utf8.count)
        return true
    }

    /// Returns how many attributes the tag has.
    private mutating func skipTag() -> Int {
        var quote: UInt8?
        var attributes = 0
        while position < bytes.count {
            let byte = bytes[position]
            advance(by: 1)
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "=") {
                attributes += 1
            } else if byte == UInt8(ascii: ">") {
                break
            }
        }
        return attributes
    }

    /// False where what stands here is no property list's.
    private mutating func eraseType() -> Bool {
        let end = position + 256
        guard let last = bytes[position..<min(end, bytes.count)].firstIndex(of: UInt8(ascii: ">")) else { return false }
        let words = bytes[position...last].split(whereSeparator: \.isBlank).map { String(decoding: $0, as: UTF8.self) }
        guard XMLGuard.plistTypes.contains(words.joined(separator: " ")) else { return false }
        for index in position...last where bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
        return true
    }
}
