// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A line on standard error that is written again and again, where that is a terminal.
struct StatusLine {
    private var shown = ""

    /// Nil for a terminal that cannot take a line back, and for what is none.
    init?() {
        guard isatty(STDERR_FILENO) == 1,
            let terminal = unsafe getenv("TERM").map({ unsafe String(cString: $0) }),
            !terminal.isEmpty, terminal != "dumb"
        else { return nil }
        // Who ends the command gets a clean line.
        _ = signal(SIGINT) { number in
            let clear: StaticString = "\r\u{1b}[K"
            _ = unsafe write(STDERR_FILENO, clear.utf8Start, clear.utf8CodeUnitCount)
            _ = signal(number, SIG_DFL)
            raise(number)
        }
    }

    mutating func show(_ text: String) {
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
