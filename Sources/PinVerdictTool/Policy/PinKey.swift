// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A pin as the key of a dictionary.
struct PinKey: Hashable {
    private let words: (UInt64, UInt64, UInt64, UInt64)
    private let kind: PinKind

    init(_ digest: Digest, _ kind: PinKind) {
        func word(_ first: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 << 8 | UInt64(digest[first + $1]) }
        }
        words = (word(0), word(8), word(16), word(24))
        self.kind = kind
    }

    static func == (left: PinKey, right: PinKey) -> Bool { left.words == right.words && left.kind == right.kind }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
