// SPDX-License-Identifier: Apache-2.0

import PolicyStore
import Testing

@testable import PinVerdictCore

@Suite struct SharedPolicyTests {
    @Test func `handles are counted`() throws {
        let policy = try TestPolicy("[policy]\nserial = 1\nunpinned-hosts = refuse\n")
        #expect(handles(of: policy.shared) == 1)
        policy.shared.retain()
        #expect(handles(of: policy.shared) == 2)
        policy.shared.release()
        #expect(handles(of: policy.shared) == 1)
    }

    @Test func `a pointer is a handle`() throws {
        let (one, other) = (try smallest(1), try smallest(1))
        let again = unsafe SharedPolicy(one.shared.pointer)
        #expect(again == one.shared)
        #expect(again != other.shared)
        #expect(again.settings.serial == 1)
    }

    @Test func `the same bytes are the same text`() throws {
        let (one, same, other) = (try smallest(1), try smallest(1), try smallest(2))
        #expect(one.shared.hasSameText(as: same.shared))
        #expect(!one.shared.hasSameText(as: other.shared))
    }

    /// Section 6 of the design: 1.5 times the bytes of the names and digests themselves.
    @Test func `memory for many rules`() throws {
        var text = "[policy]\nserial = 1\n"
        var useful = 0
        for number in 1...1_000 {
            let name = "host-\(100_000 + number).example-company.com"
            useful += name.utf8.count + 64
            let digest = [UInt8](repeating: 0, count: 30).hex + [UInt8(number >> 8), UInt8(number & 255)].hex
            text += "[host \(name)]\npin-sha256 = \(digest)\nbackup-pin-sha256 = \(SparePin.first)\n"
        }
        let policy = try TestPolicy(text)
        #expect(policy.shared.size < useful * 3 / 2, "\(policy.shared.size) bytes for \(useful)")
    }

    private func smallest(_ serial: Int) throws -> TestPolicy {
        try TestPolicy("[policy]\nserial = \(serial)\nunpinned-hosts = refuse\n")
    }
}

/// How many handles of a policy are kept: its memory begins with that number.
func handles(of policy: SharedPolicy) -> Int {
    unsafe UnsafeRawPointer(policy.pointer).load(as: Int.self)
}
