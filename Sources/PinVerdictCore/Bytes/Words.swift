// SPDX-License-Identifier: Apache-2.0

/// The words of a text, separated by white space.
struct Words: ~Escapable {
    private let text: Span<UInt8>
    private var position = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    @_lifetime(copy self)
    mutating func next() -> Span<UInt8>? {
        while position < text.count, text[position].isSpace { position += 1 }
        let start = position
        while position < text.count, !text[position].isSpace { position += 1 }
        return position > start ? text.extracting(start..<position) : nil
    }
}
