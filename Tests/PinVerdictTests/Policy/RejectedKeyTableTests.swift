// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct RejectedKeyTableTests {
    private static func digest(_ number: UInt64) -> Digest {
        Digest(words: [number &* 0x9e37_79b9_7f4a_7c15, number, 1, number % 3])
    }

    /// Each key by one section, and some by several.
    @Test(arguments: [0, 1, 2, 3, 100, 1_000])
    func `every key is found, by its sections alone`(_ count: Int) {
        var keys: [RejectedKey] = []
        for number in 0..<UInt64(count) {
            for set in 0..<Int(number % 4) { keys.append(RejectedKey(Self.digest(number), by: .set(set), line: 1)) }
            keys.append(RejectedKey(Self.digest(number), by: .rule(Int(number)), line: 2))
            if number % 7 == 0 { keys.append(RejectedKey(Self.digest(number), by: .policy, line: 3)) }
        }
        var sorted = keys.map(\.key)
        var span = sorted.mutableSpan
        span.sort(first: keys.count)
        let table = RejectedKeyTable(sorted.span)
        for number in 0..<UInt64(count) {
            let digest = Self.digest(number)
            let first: RejectedKey.Rejecter = number % 7 == 0 ? .policy : number % 4 > 0 ? .set(0) : .rule(Int(number))
            let found = table.firstSection(rejecting: digest)?.rejecter
            #expect(found == first)
            let sections: [RejectingSection] =
                [.policy, .rule(Int(number)), .rule(Int(number) + 1)] + (0..<5).map { .set($0) }
            let contained = sections.map { table.contains(digest, by: $0) }
            #expect(contained == [number % 7 == 0, true, false] + (0..<5).map { $0 < Int(number % 4) })
        }
        for number in UInt64(count)..<UInt64(count + 50) {
            let found = table.firstSection(rejecting: Self.digest(number))
            let isContained = table.contains(Self.digest(number), by: .rule(Int(number)))
            #expect(found == nil && !isContained)
        }
    }

    @Test func `a section as one number`() {
        let most = 1 << 30 - 1
        for number in [0, 1, 77, most] {
            #expect(RejectingSection.set(number).rejecter == .set(number))
            #expect(RejectingSection.rule(number).rejecter == .rule(number))
        }
        #expect(RejectingSection.policy.rejecter == .policy)
        #expect(RejectingSection.policy.number < RejectingSection.set(0).number)
        #expect(RejectingSection.set(most).number < RejectingSection.rule(0).number)
    }
}
