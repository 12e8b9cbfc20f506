// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

/// What ``HostName`` leaves to it; the spellings are in `HostNameTests`.
@Suite struct IPAddressTests {
    @Test func `a dotted quad is IPv4, and so is a v4-mapped address`() {
        let quad = "192.0.2.7".bytes
        let mapped = "::ffff:192.0.2.7".bytes
        let other = "::fffe:192.0.2.7".bytes
        #expect(IPAddress(v4: quad.span)?.family == .v4)
        #expect(IPAddress(v6: mapped.span)?.family == .v4)
        #expect(IPAddress(v6: other.span)?.family == .v6)
    }

    @Test func `neither initialiser takes the other's text`() {
        for text in ["", "192.0.2.7", "example.com", "[::1]", "::1%eth0"].map(\.bytes) {
            #expect(IPAddress(v6: text.span) == nil)
        }
        for text in ["", "::1", "example.com", "192.0.2.7.", "[192.0.2.7]"].map(\.bytes) {
            #expect(IPAddress(v4: text.span) == nil)
        }
    }

    /// Every quad with a number from 0 to 999, in each place, with and without leading zeros.
    @Test(arguments: 0..<4)
    func `numbers of a dotted quad`(_ place: Int) {
        for number in 0...999 {
            for digits in [String(number), "0\(number)", "00\(number)"] {
                var parts = ["1", "2", "3", "4"]
                parts[place] = digits
                let text = parts.joined(separator: ".").bytes
                let isNumber = number <= 255 && digits == String(number)
                if (IPAddress(v4: text.span) != nil) != isNumber { Issue.record("\(parts.joined(separator: "."))") }
            }
        }
    }

    @Test func `the canonical spelling has at most 39 bytes`() {
        let longest = "abcd:abcd:abcd:abcd:abcd:abcd:abcd:abcd"
        let text = longest.bytes
        var written = ASCIIText<39>()
        IPAddress(v6: text.span)?.write(to: &written)
        #expect(String(written.span) == longest)
        #expect(!written.isTruncated)
    }
}
