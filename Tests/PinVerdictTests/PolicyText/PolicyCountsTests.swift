// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PolicyCountsTests {
    @Test func `what a text asks for`() {
        let text = """
            [policy]
            environments = dev live
            rejected-pin-sha256 = x
            [pin-set a]
            pin-sha256 = x
            backup-pin-sha256 = x
            # pin-sha256 = x
            [host example.com]
            pin-set = a
            environments = dev
            [host *.example.com]
            leaf-key-sha256 = x
            [elsewhere]
            pin-sha256 = x
            no line

            """.bytes
        let counts = PolicyCounts(text: text.span)
        #expect(counts.rules == 2 && counts.sets == 1 && counts.references == 1)
        // A bound: the pin in the unknown section counts too.
        #expect(counts.pins == 4 && counts.rejectedKeys == 1)
        #expect(counts.environments == 32)
        #expect(counts.names >= "devliveexample.comexample.com".utf8.count)
    }

    @Test func `nothing`() {
        let counts = PolicyCounts(text: [UInt8]().span)
        #expect(counts.rules == 0 && counts.slots == 0 && counts.names == 0 && counts.pins == 0)
    }

    /// A table of a size that rules always leave a free slot in: a search for what is not there ends at one.
    @Test(arguments: [1, 2, 3, 10, 1_000_000])
    func `the host table has room`(_ rules: Int) {
        var counts = PolicyCounts()
        counts.rules = rules
        #expect(counts.slots > rules)
    }

    /// A canonical IPv6 address can be longer than its spelling.
    @Test(arguments: ["1::3:4:5:6:7:8", "::2:3:4:5:6:7:8", "1:2:3:4:5::1.1.1.1", "*.a", "a.", "::ffff:a:b"])
    func `names fit`(_ pattern: String) {
        #expect(TestPolicy.problem(in: "[policy]\nserial = 1\n[host \(pattern)]\nenforcement = off\n") == nil)
    }
}
