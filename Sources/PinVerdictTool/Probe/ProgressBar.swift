// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many servers are done, on standard error where that is a terminal.
struct ProgressBar {
    private let total: Int
    private var shown = ""

    private static let width = 30

    /// Nil for a terminal that cannot take a line back, and for what is none.
    init?(total: Int) {
        guard total > 1, isatty(STDERR_FILENO) == 1,
            let terminal = unsafe getenv("TERM").map({ unsafe String(cString: $0) }),
            !terminal.isEmpty, terminal != "dumb"
        else { return nil }
        self.total = total
        // Who ends the command gets a clean line.
        _ = signal(SIGINT) { number in
            let clear: StaticString = "\r\u{1b}[K"
            _ = unsafe write(STDERR_FILENO, clear.utf8Start, clear.utf8CodeUnitCount)
            _ = signal(number, SIG_DFL)
            raise(number)
        }
    }

    mutating func show(_ done: Int) {
        let filled = ProgressBar.width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: ProgressBar.width - filled)
        let text = "[\(bar)] \(done) of \(total)"
        guard text != shown else { return }
        shown = text
        StandardError.put("\r\(text)\u{1b}[K")
    }

    /// Before anything else is written to the terminal.
    mutating func clear() {
        if !shown.isEmpty { StandardError.put("\r\u{1b}[K") }
        shown = ""
    }
}
