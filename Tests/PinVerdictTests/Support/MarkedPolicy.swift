// SPDX-License-Identifier: Apache-2.0

/// A policy's text in which `>> ` before a line marks the one that an error has to name.
struct MarkedPolicy {
    let text: String
    /// From 1; nil where no line is marked.
    let line: Int?

    init(_ marked: String) {
        var lines = marked.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let index = lines.firstIndex { $0.hasPrefix(Self.mark) }
        if let index { lines[index].removeFirst(Self.mark.count) }
        text = lines.joined(separator: "\n")
        line = index.map { $0 + 1 }
    }

    private static let mark = ">> "
}
