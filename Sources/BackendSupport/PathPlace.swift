// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore
import Synchronization

/// What a ``PathMemory`` keeps of a validated path: pointers to what a TLS library made for it.
public protocol RememberedPath: BitwiseCopyable {
    /// Gives back what the pointers point to.
    func free()
}

/// A host, as a ``PathMemory`` knows it: never 0.
public struct HostNumber: BitwiseCopyable, Sendable {
    let value: UInt64

    init(_ value: UInt64) { self.value = max(1, value) }
}

/// A place for one path in a ``PathMemory``.
struct PathPlace<Path: RememberedPath>: ~Copyable {
    /// How many read it; -1 while it is written.
    let users: Atomic<Int>
    /// 0 for an empty place. Looked at first, without becoming a reader.
    let host: Atomic<UInt64>
    var key: Digest
    var path: Path

    var isTaken: Bool { host.load(ordering: .relaxed) != 0 }

    func holds(_ key: Digest, of host: HostNumber) -> Bool {
        self.host.load(ordering: .relaxed) == host.value && self.key == key
    }

    /// False while somebody writes.
    func beginReading() -> Bool {
        var users = self.users.load(ordering: .relaxed)
        while users >= 0 {
            let exchange = self.users.weakCompareExchange(expected: users, desired: users + 1, ordering: .acquiring)
            if exchange.exchanged { return true }
            users = exchange.original
        }
        return false
    }

    func endReading() { users.wrappingSubtract(1, ordering: .releasing) }

    /// False while somebody else reads or writes.
    func beginWriting() -> Bool { users.compareExchange(expected: 0, desired: -1, ordering: .acquiring).exchanged }

    func endWriting() { users.store(0, ordering: .releasing) }
}
