// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct NumberedDigestTests {
    /// Sorted by the lines that they were made with, of one digest or of many.
    private func sorted(_ numbers: [UInt32]) -> [UInt32] {
        let many = sorted(numbers.map { NumberedDigest(Digest(words: [UInt64($0), 0, 0, 0]), 0, line: $0) })
        let numbered = sorted(numbers.map { NumberedDigest(Digest(), $0, line: $0) })
        let alike = sorted(numbers.map { NumberedDigest(Digest(), 1, line: $0) })
        #expect(many == numbered && many == alike)
        return many
    }

    private func sorted(_ digests: [NumberedDigest]) -> [UInt32] {
        var digests = digests
        let count = digests.count
        var span = digests.mutableSpan
        span.sort(first: count)
        return digests.map(\.line)
    }

    @Test func `every order of a few`() {
        for length in 0...5 {
            for code in 0..<3125 {
                var (rest, numbers) = (code, [UInt32]())
                for _ in 0..<length {
                    numbers.append(UInt32(rest % 5))
                    rest /= 5
                }
                if sorted(numbers) != numbers.sorted() { Issue.record("\(numbers)") }
            }
        }
    }

    @Test func `the rest stays`() {
        var digests = [3, 2, 1, 0].map { NumberedDigest(Digest(), $0, line: $0) }
        var span = digests.mutableSpan
        span.sort(first: 3)
        #expect(digests.map(\.line) == [1, 2, 3, 0])
    }

    /// A digest is found by its last words as by its first, and by its number.
    @Test func `places`() {
        var digests: [NumberedDigest] = []
        for word in 0..<4 {
            for value in 1...3 {
                var words = InlineArray<4, UInt64>(repeating: 9)
                words[word] = UInt64(value)
                for number: UInt32 in [2, 4] { digests.append(NumberedDigest(Digest(words: words), number)) }
            }
        }
        let count = digests.count
        var span = digests.mutableSpan
        span.sort(first: count)
        for place in digests.indices {
            let digest = digests[place]
            let found = digests.span.place(of: digest)
            let between = digests.span.place(of: NumberedDigest(digest.digest, digest.number + 1))
            #expect(found == place && between == place + 1)
        }
    }

    @Test(arguments: [10, 100, 1_000, 10_000])
    func `many`(_ count: Int) {
        var random = RepeatableNumbers(seed: 2)
        let ascending = (0..<UInt32(count)).map { $0 }
        #expect(sorted(ascending) == ascending)
        #expect(sorted(ascending.reversed()) == ascending)
        #expect(sorted([UInt32](repeating: 7, count: count)) == [UInt32](repeating: 7, count: count))
        let numbers = ascending.map { _ in UInt32(truncatingIfNeeded: random.next() % UInt64(count)) }
        #expect(sorted(numbers) == numbers.sorted())
    }
}
