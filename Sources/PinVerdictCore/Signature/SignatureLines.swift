// SPDX-License-Identifier: Apache-2.0

/// The lines of a file of signify's or minisign's, which end with LF, the last one too.
struct SignatureLines: ~Escapable {
    private(set) var rest: Span<UInt8>

    /// Of minisign's trusted comment, the longest of all, with what stands before it.
    static var maximumLine: Int { 8192 }

    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { rest = text }

    var isAtEnd: Bool { rest.count == 0 }

    @_lifetime(copy self)
    mutating func next() throws(SignatureProblem) -> Span<UInt8> {
        for index in 0..<min(rest.count, Self.maximumLine + 1) {
            let byte = rest[index]
            if byte == .lineFeed {
                let line = rest.extracting(first: index)
                rest = rest.extracting(droppingFirst: index + 1)
                return line
            }
            guard byte != .carriageReturn, byte != 0 else {
                throw .bad("a line of the signature contains a CR or a NUL; its lines end with LF alone")
            }
        }
        throw .bad(
            rest.count > Self.maximumLine
                ? "a line of the signature is too long" : "the signature is cut short, or its last line has no line end"
        )
    }

    /// What follows the words that a line begins with.
    @_lifetime(copy self)
    mutating func comment(_ words: StaticString) throws(SignatureProblem) -> Span<UInt8> {
        var line = try next()
        guard line.drop(words) else {
            throw .bad("a line of the signature lacks \"untrusted comment: \" or \"trusted comment: \" before its text")
        }
        return line
    }

    /// A line of base64 that stands for so many bytes.
    @_lifetime(self: copy self)
    mutating func bytes(_ count: Int) throws(SignatureProblem) -> Base64.Octets {
        let line = try next()
        guard let bytes = Base64.octets(of: line), bytes.count == count, !bytes.isTruncated else {
            throw .bad("a line is not the base64 of a signature, or of a key, as signify and minisign write it")
        }
        return bytes
    }
}
