// SPDX-License-Identifier: Apache-2.0

@testable import PinVerdictCore

extension String {
    var bytes: [UInt8] { Array(utf8) }

    init(_ bytes: Span<UInt8>) {
        self.init(decoding: [UInt8](bytes), as: UTF8.self)
    }
}

extension Array where Element == UInt8 {
    init(_ bytes: Span<UInt8>) {
        self = bytes.indices.map { bytes[$0] }
    }

    init(_ digest: Digest) {
        self = (0..<32).map { digest[$0] }
    }

    /// From hexadecimal digits; white space does not count.
    init(hex: String) {
        let digits = hex.utf8.compactMap(\.hexValue)
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    var hex: String {
        map { [$0 >> 4, $0 & 15].map { String($0, radix: 16) }.joined() }.joined()
    }
}

extension Digest {
    init(_ octets: [UInt8]) {
        self.init()
        for (index, octet) in octets.enumerated() { self[index] = octet }
    }
}

/// Numbers that look random and are the same in every run (xorshift64).
struct RepeatableNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
