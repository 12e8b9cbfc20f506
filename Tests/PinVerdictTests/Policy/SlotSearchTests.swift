// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct SlotSearchTests {
    private static var hashes: [UInt64] {
        var numbers = RepeatableNumbers(seed: 5)
        return [0, 1, UInt64.max, UInt64.max - 1] + (0..<200).map { _ in numbers.next() }
    }

    @Test(arguments: [0, 1, 2, 3, 10, 1_003]) func `each slot is looked at once`(_ count: Int) {
        for hash in Self.hashes {
            var search = SlotSearch(hash, count: count)
            var seen = Set<Int>()
            while let slot = search.next() {
                guard (0..<count).contains(slot), seen.insert(slot).inserted else {
                    Issue.record("slot \(slot) of \(count)")
                    break
                }
            }
            #expect(seen.count == count)
        }
    }

    @Test(arguments: [1_000_003, Int(UInt32.max)]) func `the first slot of a large table lies in it`(_ count: Int) {
        for hash in Self.hashes {
            var search = SlotSearch(hash, count: count)
            let slot = search.next() ?? -1
            if !(0..<count).contains(slot) { Issue.record("slot \(slot) of \(count)") }
        }
    }

    /// The least and the greatest number of a table, and those around a power of two, where one more bit is needed.
    @Test(arguments: [2, 3, 4, 5, 255, 256, 257, 1_500_001, 1 << 24, 1 << 31, Int(UInt32.max)])
    func `an entry holds its number`(_ count: Int) {
        for hash in Self.hashes {
            let search = SlotSearch(hash, count: count)
            for number in [0, count / 2, count - 2] {
                let entry = search.entry(number)
                if entry == 0 { Issue.record("number \(number) of \(count) looks like an empty slot") }
                if search.number(in: entry) != number { Issue.record("number \(number) of \(count) is lost") }
            }
        }
    }

    @Test func `other keys' entries are passed over`() {
        let count = 1_500_001  // 11 bits are left for the hash
        var (passedOver, tried) = (0, 0)
        for hash in Self.hashes {
            for other in Self.hashes where other != hash {
                tried += 1
                let entry = SlotSearch(other, count: count).entry(7)
                if SlotSearch(hash, count: count).number(in: entry) == nil { passedOver += 1 }
            }
        }
        #expect(passedOver > tried * 99 / 100)
    }
}
