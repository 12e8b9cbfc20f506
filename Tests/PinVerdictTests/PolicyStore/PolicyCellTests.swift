// SPDX-License-Identifier: Apache-2.0

import Foundation
import PolicyStore
import Synchronization
import Testing

@testable import PinVerdictCore

@Suite struct PolicyCellTests {
    /// A cell that threads share, and whether they are to stop.
    private final class Shared: @unchecked Sendable {
        let cell: PolicyCell
        let isDone = Atomic<Bool>(false)
        let readings = Atomic<Int>(0)

        init(_ policy: TestPolicy, environment: Int? = nil) throws {
            cell = try PolicyCell(policy.shared, environment: environment)
        }

        func serial() -> UInt64 { cell.withPolicy { policy, _ in policy.settings.serial } }

        /// Whether the cell takes the policy, or has its bytes already.
        @discardableResult
        func set(_ policy: TestPolicy, environment: Int? = nil) -> Bool {
            do throws(PolicyCell.Failure) {
                try cell.set(policy.shared, environment: environment)
                return true
            } catch {
                #expect(error == .outdated)
                return false
            }
        }
    }

    /// A policy whose only rule has the serial as its name.
    private func policy(_ serial: UInt64, _ more: String = "") throws -> TestPolicy {
        try TestPolicy("[policy]\nserial = \(serial)\n\(more)[host s\(serial)]\nenforcement = off\n")
    }

    @Test(
        arguments: [
            // A higher serial, or the same bytes again.
            (10, "", 11, "", true), (10, "", .max, "", true), (10, "", 10, "", true), (.max, "", .max, "", true),
            // A lower one, or other bytes under the same serial, a comment included.
            (10, "", 9, "", false), (10, "", 1, "", false), (.max, "", .max - 1, "", false),
            (10, "", 10, "# x\n", false),
            (10, "# x\n", 10, "", false), (10, "", 10, "unpinned-hosts = refuse\n", false),
        ] as [(UInt64, String, UInt64, String, Bool)])
    func `serials`(_ old: UInt64, _ oldText: String, _ new: UInt64, _ newText: String, _ isTaken: Bool) throws {
        let (first, second) = (try policy(old, oldText), try policy(new, newText))
        let shared = try Shared(first)
        #expect(shared.set(second) == isTaken)
        #expect(shared.serial() == (isTaken ? new : old))
        // The same bytes again leave the first in its place, as does what is outdated.
        let isReplaced = isTaken && new != old
        #expect(handles(of: second.shared) == (isReplaced ? 2 : 1))
        #expect(handles(of: first.shared) == (isReplaced ? 1 : 2))
    }

    @Test func `the environment goes with its policy`() throws {
        let (first, second) = (try policy(1), try policy(2))
        let shared = try Shared(first, environment: 3)
        #expect(shared.cell.withPolicy { _, environment in environment } == 3)
        shared.set(second, environment: 5)
        #expect(shared.cell.withPolicy { _, environment in environment } == 5)
    }

    @Test func `the cell gives its policies back`() throws {
        let policies = try (1...10).map { try policy($0) }
        do {
            let shared = try Shared(policies[0])
            for policy in policies.dropFirst() { shared.set(policy) }
            #expect(policies.map { handles(of: $0.shared) } == [1, 1, 1, 1, 1, 1, 1, 1, 1, 2])
        }
        #expect(policies.allSatisfy { handles(of: $0.shared) == 1 })
    }

    @Test func `a policy that is being read stays`() throws {
        let policies = try (1...6).map { try policy($0) }
        let shared = try Shared(policies[0])
        shared.cell.withPolicy { old, _ in
            for policy in policies[1...4] {
                shared.set(policy)
                #expect(handles(of: policies[0].shared) == 2)
                #expect(old.settings.serial == 1)
                // A reader that begins now sees the new one.
                #expect(shared.serial() == policy.shared.settings.serial)
            }
        }
        shared.set(policies[5])
        #expect(policies.map { handles(of: $0.shared) } == [1, 1, 1, 1, 1, 2])
    }

    @Test func `what is retired under a reader is freed with the cell`() throws {
        let policies = try (1...3).map { try policy($0) }
        do {
            let shared = try Shared(policies[0])
            shared.cell.withPolicy { _, _ in
                shared.set(policies[1])
                shared.set(policies[2])
            }
            #expect(policies.contains { handles(of: $0.shared) == 2 })
        }
        #expect(policies.allSatisfy { handles(of: $0.shared) == 1 })
    }

    /// Readers in threads of their own never see half a policy, nor one older than they have seen; and every
    /// policy that was retired meanwhile is freed.
    @Test func `policies are replaced under readers`() throws {
        let policies = try (1...3_000).map { try policy($0) }
        let shared = try Shared(policies[0])
        let group = DispatchGroup()
        for _ in 0..<3 {
            group.enter()
            Thread.detachNewThread {
                var last: UInt64 = 0
                while !shared.isDone.load(ordering: .relaxed) {
                    let serial = shared.cell.withPolicy { shared, _ in
                        let policy = shared.policy
                        let name = String(policy.name(of: policy.rules[0]))
                        return name == "s\(policy.settings.serial)" ? policy.settings.serial : 0
                    }
                    if serial < last { Issue.record("policy \(serial) after \(last)") }
                    last = max(last, serial)
                    shared.readings.add(1, ordering: .relaxed)
                }
                group.leave()
            }
        }
        for policy in policies.dropFirst() { shared.set(policy) }
        while shared.readings.load(ordering: .relaxed) < 1_000 { Thread.sleep(forTimeInterval: 0.001) }
        shared.isDone.store(true, ordering: .relaxed)
        group.wait()

        let last = try policy(10_000)
        shared.set(last)
        let alive = policies.filter { handles(of: $0.shared) != 1 }
        #expect(alive.isEmpty, "\(alive.count) retired policies are alive")
        #expect(handles(of: last.shared) == 2)
    }

    /// Setters wait for each other alone: of all that are set at once the highest serial stays.
    @Test func `policies are set by several threads`() throws {
        let policies = try (1...400).map { try policy($0) }
        let shared = try Shared(policies[0])
        let group = DispatchGroup()
        for thread in 0..<4 {
            group.enter()
            Thread.detachNewThread {
                // One that is outdated by now is as good.
                for index in policies.indices where index % 4 == thread { shared.set(policies[index]) }
                group.leave()
            }
        }
        group.wait()
        #expect(shared.serial() == 400)
        let alive = policies.dropLast().filter { handles(of: $0.shared) != 1 }
        #expect(alive.isEmpty)
        #expect(handles(of: policies[399].shared) == 2)
    }
}
