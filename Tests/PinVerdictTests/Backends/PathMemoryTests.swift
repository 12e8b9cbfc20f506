// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import Dispatch
import PinVerdictCore
import Synchronization
import Testing

/// What is alive of the paths that a test has made.
private let alive = Atomic<Int>(0)

/// A path that knows whether it was freed: then it is 0.
@safe
private struct CountedPath: RememberedPath {
    let number: UnsafeMutablePointer<Int>

    init(_ number: Int) {
        unsafe self.number = .allocate(capacity: 1)
        unsafe self.number.initialize(to: number)
        alive.wrappingAdd(1, ordering: .relaxed)
    }

    func free() {
        unsafe number.pointee = 0
        unsafe number.deallocate()
        alive.wrappingSubtract(1, ordering: .relaxed)
    }
}

/// One after the other, since they count what is alive.
@Suite("The memory of validated paths", .serialized)
struct PathMemoryTests {
    private static func key(_ number: Int) -> Digest {
        Digest(words: [UInt64(truncatingIfNeeded: number), 1, 2, 3])
    }

    private static func host(_ name: String, _ memory: borrowing PathMemory<CountedPath>) throws -> HostNumber {
        let spelling = Array(name.utf8)
        guard let name = HostName(spelling.span), let host = memory.host(name, BuiltInBackend.automatic) else {
            throw Refusal.backendFailure
        }
        return host
    }

    private static func number(
        _ key: Int, of host: HostNumber, _ memory: borrowing PathMemory<CountedPath>
    ) -> Int? {
        memory.withPath(Self.key(key), of: host) { path in unsafe path.number.pointee }
    }

    @Test func remembersByKeyAndHost() throws {
        do {
            let memory = PathMemory<CountedPath>()
            let host = try Self.host("a.example", memory)
            let other = try Self.host("b.example", memory)
            #expect(Self.number(1, of: host, memory) == nil)
            memory.keep(CountedPath(7), under: Self.key(1), of: host)
            #expect(Self.number(1, of: host, memory) == 7)
            #expect(Self.number(2, of: host, memory) == nil)
            #expect(Self.number(1, of: other, memory) == nil)
            memory.keep(CountedPath(8), under: Self.key(1), of: host)
            #expect(Self.number(1, of: host, memory) == 8)
            #expect(alive.load(ordering: .relaxed) == 1)
            memory.forget(Self.key(2), of: host)
            #expect(Self.number(1, of: host, memory) == 8)
            memory.forget(Self.key(1), of: host)
            #expect(Self.number(1, of: host, memory) == nil)
            #expect(alive.load(ordering: .relaxed) == 0)
            memory.keep(CountedPath(9), under: Self.key(1), of: host)
            #expect(Self.number(1, of: host, memory) == 9)
        }
        #expect(alive.load(ordering: .relaxed) == 0)
    }

    @Test("Endless chains for one host push out at most one path of others")
    func boundsWhatAHostTakes() throws {
        do {
            let memory = PathMemory<CountedPath>()
            var others: [HostNumber] = []
            for index in 0..<1_000 {
                let host = try Self.host("h\(index).example", memory)
                memory.keep(CountedPath(index + 1), under: Self.key(index), of: host)
                others.append(host)
            }
            let before = others.indices.filter { Self.number($0, of: others[$0], memory) != nil }
            let attacker = try Self.host("attacker.example", memory)
            for index in 0..<100_000 {
                memory.keep(CountedPath(index), under: Self.key(1_000_000 + index), of: attacker)
            }
            let after = others.indices.filter { Self.number($0, of: others[$0], memory) != nil }
            #expect(before.count - after.count <= 1)
            #expect(Self.number(1_099_999, of: attacker, memory) == 99_999)
            #expect(alive.load(ordering: .relaxed) <= PathMemory<CountedPath>.capacity)
        }
        #expect(alive.load(ordering: .relaxed) == 0)
    }

    @Test("What is lent is not replaced meanwhile")
    func keepsWhatIsLent() throws {
        let memory = PathMemory<CountedPath>()
        let host = try Self.host("a.example", memory)
        memory.keep(CountedPath(7), under: Self.key(1), of: host)
        let seen = memory.withPath(Self.key(1), of: host) { path in
            memory.keep(CountedPath(8), under: Self.key(1), of: host)
            return unsafe path.number.pointee
        }
        #expect(seen == 7)
        #expect(Self.number(1, of: host, memory) == 7)
    }

    @Test("Threads that read and write one host's paths see whole ones")
    func isSharedByThreads() throws {
        let memory = Shared()
        let host = try Self.host("a.example", memory.paths)
        let found = Atomic<Int>(0)
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            for round in 0..<20_000 {
                let key = 1 + (round &* 7 &+ thread) % 6
                if round % 3 == 0 {
                    memory.paths.keep(CountedPath(key), under: Self.key(key), of: host)
                } else if let number = Self.number(key, of: host, memory.paths) {
                    found.wrappingAdd(1, ordering: .relaxed)
                    if number != key { wrong.wrappingAdd(1, ordering: .relaxed) }
                }
            }
        }
        #expect(found.load(ordering: .relaxed) > 0)
        #expect(wrong.load(ordering: .relaxed) == 0)
    }

    private final class Shared: Sendable {
        let paths = PathMemory<CountedPath>()
    }
}
