// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PolicyStore

@Suite struct EventQueueTests {
    private static let smallest = 64 << 10

    /// A queue in the smallest memory.
    private final class Queue {
        private let queue: EventQueue

        init(repeatAfter seconds: UInt32) { queue = EventQueue(memory: smallest, repeatAfter: seconds)! }

        func holdsBack(_ key: UInt64, at now: Int64) -> Bool { queue.holdsBack(key, at: now) }

        /// Puts an event of some bytes of its number, which says its size.
        func put(_ number: Int, key: UInt64, at now: Int64 = 0) -> EventQueue.Outcome {
            let size = number % 3000
            var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            return queue.put(key, at: now, words: 2 + EventRing.words(size)) { place, repeats in
                var header = (UInt64(number), repeats)
                unsafe place.write(&header, 16, size: 16)
                unsafe place.write(&bytes, size, size: size)
            }
        }

        /// The oldest event's number and repeats, where its bytes are what they should be.
        func take() -> (number: Int, repeats: UInt64)? {
            var header: (UInt64, UInt64) = (0, 0)
            var bytes = [UInt8](repeating: 0, count: 3000)
            let isTaken = queue.take { place in
                unsafe place.read(&header, size: 16)
                unsafe place.read(&bytes, size: Int(header.0 % 3000))
            }
            guard isTaken else { return nil }
            let number = Int(header.0)
            #expect(bytes.prefix(number % 3000).allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
            #expect(bytes.dropFirst(number % 3000).allSatisfy { $0 == 0 })
            return (number, header.1)
        }
    }

    @Test func `first in, first out, round and round`() {
        let queue = Queue(repeatAfter: 0)
        #expect(queue.take() == nil)
        var first = 0
        var lost = 0
        for number in 0..<4000 {
            // Between an empty queue and a full one.
            if queue.put(number, key: UInt64(number) + 1) == .lost { lost += 1 }
            if number % 700 < 350 || number % 3 == 0 {
                guard let event = queue.take() else { continue }
                #expect(event.number >= first)
                first = event.number + 1
            }
        }
        #expect(lost > 0)
        while let event = queue.take() {
            #expect(event.number >= first)
            first = event.number + 1
        }
        #expect(queue.put(1, key: 1) == .queued)
        #expect(queue.take()?.number == 1)
    }

    @Test func `what has no room is lost, and is not taken for a repeat`() {
        let queue = Queue(repeatAfter: 100)
        var count = 0
        while queue.put(2999, key: UInt64(count) + 1) == .queued { count += 1 }
        // An eighth of the memory is the table's.
        #expect(count == (Self.smallest * 7 / 8 - 256) / (8 * (1 + 2 + 375)))
        let next = UInt64(count) + 1
        #expect(!queue.holdsBack(next, at: 0))
        #expect(queue.take() != nil)
        #expect(queue.put(2999, key: next) == .queued)
        #expect(queue.holdsBack(next, at: 99))
        #expect(!queue.holdsBack(next, at: 100))
        #expect(!queue.holdsBack(next, at: -1))
    }

    @Test func `repeats are told by the next event of the key`() {
        let queue = Queue(repeatAfter: 10)
        #expect(queue.put(1, key: 7) == .queued)
        for time in 0..<10 { #expect(queue.holdsBack(7, at: Int64(time))) }
        // Asked behind the lock once more.
        #expect(queue.put(2, key: 7, at: 9) == .repeated)
        #expect(queue.put(3, key: 8, at: 9) == .queued)
        #expect(queue.put(4, key: 7, at: 10) == .queued)
        #expect(queue.put(5, key: 7, at: 9) == .queued, "the clock went back")
        let told = [(1, 0), (3, 0), (4, 11), (5, 0)] as [(Int, UInt64)]
        for (number, repeats) in told {
            let event = queue.take()
            #expect(event?.number == number)
            #expect(event?.repeats == repeats)
        }
        #expect(queue.take() == nil)
    }

    @Test func `the table remembers the latest, whatever the clock says`() {
        let queue = Queue(repeatAfter: 10)
        let keys = (0..<1000).map { UInt64($0) &* 0x9e37_79b9_7f4a_7c15 | 1 }
        for time in [Int64.max, 0, Int64.min] {
            for key in keys {
                #expect(queue.put(0, key: key, at: time) == .queued)
                #expect(queue.holdsBack(key, at: time))
                _ = queue.take()
            }
            let held = keys.filter { queue.holdsBack($0, at: time) }.count
            #expect((200...256).contains(held))
        }
    }
}
