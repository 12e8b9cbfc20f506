// SPDX-License-Identifier: Apache-2.0

/// The text of a file that is to be imported: UTF-8, without a byte-order mark.
struct ImportedText {
    let name: String
    let bytes: [UInt8]

    /// No application has more, and parsers take many times as much memory.
    private static let maximumSize = 16 << 20

    init(_ path: String) throws(Failure) {
        let file = try InputFile(path, maximumSize: ImportedText.maximumSize)
        name = file.name
        let start = file.bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        bytes = Array(file.bytes.dropFirst(start))
        if let what = ImportedText.foreign(bytes) { throw mistake(nil, what) }
    }

    /// A mistake in the file.
    func mistake(_ line: Int?, _ message: String) -> Failure {
        Failure(mistakes: ["\(Place.text(name, line)): error: \(message)"])
    }

    /// Throws for a name that is one of the known but for its case: systems pass over it, but it was meant.
    func requireCase(of name: String, _ line: Int?, in known: some Sequence<String>) throws(Failure) {
        let lowercased = name.lowercased()
        guard let meant = known.first(where: { $0.lowercased() == lowercased }), meant != name else { return }
        throw mistake(line, "\(ImportedText.quoted(name)) is written \(meant); upper and lower case matter")
    }

    /// Text from the file for a message. A letter may have any number of marks, so it is cut by scalars.
    static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        return "\"\(String(String.UnicodeScalarView(scalars.prefix(60))).printable)\(scalars.count > 60 ? "..." : "")\""
    }

    /// What the bytes are where they are no text that any format has.
    private static func foreign(_ bytes: [UInt8]) -> String? {
        if bytes.allSatisfy(\.isBlank) { return "the file is empty" }
        if bytes.starts(with: "bplist".utf8) {
            return "a binary property list; write it as XML first: plutil -convert xml1"
        }
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) || bytes.prefix(4).contains(0) {
            return "the text is in UTF-16 or UTF-32, or no text; write it in UTF-8 first"
        }
        if bytes.starts(with: "-----BEGIN ".utf8) { return "PEM, and no pins; pinverdict pin prints those it has" }
        guard String(validating: bytes, as: UTF8.self) != nil else { return "the text is not UTF-8" }
        return nil
    }
}
