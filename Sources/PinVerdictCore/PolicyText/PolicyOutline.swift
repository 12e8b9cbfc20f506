// SPDX-License-Identifier: Apache-2.0

/// The sections and settings of a policy's text, one after the other: for commands that point people to a place
/// in it. Mistakes are passed over here; what one is, ``PolicyParser`` says.
///
/// Where a text has none, its `[host]` headers stand in the order of the policy's rules, its `[pin-set]` headers
/// in that of its sets, and its pins in that of its pins.
public struct PolicyOutline: ~Escapable {
    public enum Part: Sendable { case policy, pinSet, host, logs, log, unknownSection, pin, rejectedPin, setting }

    public struct Entry: Sendable {
        public let part: Part
        /// From 1, counted from the start of the reader's text.
        public let line: Int
        /// Where the line starts in the text.
        public let start: Int
        /// Where the section's argument, or the key, stands in the text.
        public let name: Range<Int>
        /// Where the key's value stands; empty for a section.
        public let value: Range<Int>
    }

    private let text: Span<UInt8>
    private var lines: PolicyLineReader

    @_lifetime(copy text)
    public init(_ text: Span<UInt8>) {
        self.text = text
        lines = PolicyLineReader(text)
    }

    public mutating func next() -> Entry? {
        while let line = lines.next() {
            switch line.content {
            case .section(let name, let argument):
                return Entry(
                    part: part(ofSection: name), line: line.number, start: line.start, name: argument.range,
                    value: argument.range.upperBound..<argument.range.upperBound)
            case .setting(let key, let value):
                return Entry(
                    part: part(ofKey: key), line: line.number, start: line.start, name: key.range, value: value.range)
            case .nothing, .mistake:
                continue
            }
        }
        return nil
    }

    private func part(ofSection name: ByteRange) -> Part {
        switch PolicySection(named: text.extracting(name)) {
        case .policy: .policy
        case .pinSet: .pinSet
        case .host: .host
        case .logs: .logs
        case .log: .log
        case nil: .unknownSection
        }
    }

    private func part(ofKey name: ByteRange) -> Part {
        switch PolicyKey.named(text.extracting(name))?.key {
        case .pin: .pin
        case .rejectedPin: .rejectedPin
        default: .setting
        }
    }
}

extension ByteRange {
    fileprivate var range: Range<Int> { Int(start)..<Int(end) }
}
