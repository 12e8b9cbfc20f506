// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct DigestTests {
    @Test func `octets are kept in their order`() {
        let octets = [UInt8](0..<32)
        let digest = Digest(octets)
        #expect([UInt8](digest) == octets)
        #expect(digest.leadingNumber == 0x00010203)
        #expect([UInt8](Digest()) == [UInt8](repeating: 0, count: 32))
    }

    @Test(arguments: 0..<32)
    func `each octet counts`(_ octet: Int) {
        var one = Digest([UInt8](repeating: 0xa5, count: 32))
        let other = one
        #expect(one == other)
        one[octet] = 0xa4
        #expect(one != other)
        #expect(one[octet] == 0xa4)
        one[octet] = 0xa5
        #expect(one == other)
    }

    @Test func `the words lie in memory as the octets do`() {
        let digest = Digest(words: [0x0706050403020100, 0x0f0e0d0c0b0a0908, 0, UInt64(0xff) << 56])
        #expect([UInt8](digest) == [UInt8](0..<16) + [UInt8](repeating: 0, count: 15) + [0xff])
    }
}
