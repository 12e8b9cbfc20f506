// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Colours of words that carry a result: on a terminal alone, and never where NO_COLOR is set (no-color.org).
enum Colour: String {
    case green = "32"
    case red = "31"
    case yellow = "33"
    case cyan = "36"

    private static let isShown: Bool = {
        guard isatty(STDOUT_FILENO) == 1, unsafe variable("NO_COLOR").isEmpty else { return false }
        return unsafe variable("TERM") != "dumb"
    }()

    @unsafe
    private static func variable(_ name: String) -> String {
        unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
    }

    func on(_ word: String) -> String { Colour.isShown ? "\u{1b}[\(rawValue)m\(word)\u{1b}[0m" : word }
}
