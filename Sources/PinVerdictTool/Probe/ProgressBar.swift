// SPDX-License-Identifier: Apache-2.0

/// How many servers are done, on standard error where that is a terminal.
struct ProgressBar {
    private let total: Int
    private var line: StatusLine

    private static let width = 30

    /// Nil for one server, and for what is no terminal.
    init?(total: Int) {
        guard total > 1, let line = StatusLine() else { return nil }
        self.total = total
        self.line = line
    }

    mutating func show(_ done: Int) {
        let filled = ProgressBar.width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
        line.show("[\(bar)] \(done) of \(total)")
    }

    /// Before anything else is written to the terminal.
    mutating func clear() { line.clear() }
}
