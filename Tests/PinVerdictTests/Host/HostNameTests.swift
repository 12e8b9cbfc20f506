// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import PinVerdictCore

@Suite struct HostNameTests {
    private static let label63 = String(repeating: "a", count: 63)
    /// 253 bytes in all.
    private static let longest = [label63, label63, label63, String(repeating: "b", count: 61)].joined(separator: ".")

    /// A spelling and its canonical form; nil where it is malformed.
    @Test(
        arguments: [
            ("example.com", "example.com"),
            ("a", "a"), ("printer", "printer"), ("localhost", "localhost"),  // private names have one label
            ("EXAMPLE.Com", "example.com"), ("Printer", "printer"),
            ("example.com.", "example.com"), ("printer.", "printer"),  // OkHttp #9724: a trailing dot skipped the pins
            ("xn--bcher-kva.example", "xn--bcher-kva.example"), ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("_dmarc.example.com", "_dmarc.example.com"), ("a_b.example.com", "a_b.example.com"), ("_", "_"),
            ("-a.example.com", "-a.example.com"), ("a-.example.com", "a-.example.com"), ("a--b.com", "a--b.com"),
            ("1.example.com", "1.example.com"), ("192.0.2.7.example", "192.0.2.7.example"), ("0x7f.com", "0x7f.com"),
            ("1a", "1a"), ("7-11", "7-11"), ("x0", "x0"), ("0.a0x", "0.a0x"), ("0_x", "0_x"),
            ("192.0.2.-7", "192.0.2.-7"),
            (String(repeating: "a.", count: 127), String(repeating: "a.", count: 126) + "a"),
            ("\(label63).com", "\(label63).com"), (longest, longest), (longest + ".", longest),
            ("a.b.c.d.e.f.g.h.i.j.k.l", "a.b.c.d.e.f.g.h.i.j.k.l"),
            // Empty labels.
            ("", nil), (".", nil), ("..", nil), (".example.com", nil), ("example..com", nil), ("example.com..", nil),
            (".com", nil), ("a..", nil),
            // Bytes that stand in no name.
            ("*.example.com", nil), ("exa mple.com", nil), (" example.com", nil), ("example.com ", nil),
            ("example.com\n", nil), ("example.com\0", nil), ("exam\0ple.com", nil), ("ex\u{7f}ample.com", nil),
            ("bücher.example", nil), ("example.com\u{ff0e}", nil), ("example\u{3002}com", nil), ("\u{1F4A9}.la", nil),
            ("user@example.com", nil), ("https://example.com", nil), ("example.com/", nil), ("example.com/path", nil),
            ("example.com:443", nil), ("example.com%00", nil), ("example.com#", nil), ("(example.com)", nil),
            ("example,com", nil), ("example\\com", nil), ("[example.com]", nil), ("~", nil), ("+", nil),
            // Lengths.
            ("\(label63)a", nil), ("a.\(label63)a.com", nil), ("\(label63)a.", nil), (longest + "b", nil),
            (longest + "b.", nil), (longest + "..", nil), (String(repeating: "a.", count: 128), nil),
            (String(repeating: "a", count: 10_000), nil), (String(repeating: "a.", count: 5_000), nil),
        ] as [(String, String?)])
    func `names`(_ spelling: String, _ expected: String?) {
        #expect(canonical(spelling) == expected)
        #expect(isAddress(spelling) != true)
    }

    @Test(
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
            ("192.0.2.7.", "192.0.2.7"),
            // getaddrinfo takes these for addresses: as names they would be pinned as something else.
            ("3221225991", nil), ("0xC0000207", nil), ("0xc0000207", nil), ("0xc0.0.0x2.7", nil), ("192.0.519", nil),
            ("192.519", nil), ("127.1", nil), ("0300.0.2.7", nil), ("192.0.2.07", nil), ("192.0.2.00", nil),
            ("192.0.2.256", nil), ("192.0.2.1000", nil), ("192.0.2", nil), ("192.0.2.7.1", nil), ("192.0.2.", nil),
            ("192.0.2..7", nil), (".192.0.2.7", nil), ("192.0.2.0x7", nil), ("192.0.2.7 ", nil),
            ("0", nil), ("1", nil), ("0x", nil), ("0x1", nil), ("0xg", nil), ("0X7F", nil),
            // A last label of digits or after 0x, wherever the name comes from.
            ("example.1", nil), ("example.0x1", nil), ("example.0xyz", nil), ("example.com.1.", nil), ("a.0", nil),
            ("00000000000000000000000000000000000000.1", nil), ("99999999999999999999.0.0.1", nil),
            // In brackets only IPv6.
            ("[192.0.2.7]", nil), ("192.0.2.7%eth0", nil),
        ] as [(String, String?)])
    func `IPv4 addresses and what looks like one`(_ spelling: String, _ expected: String?) {
        #expect(canonical(spelling) == expected)
        #expect(isAddress(spelling) == (expected == nil ? nil : true))
    }

    @Test(
        arguments: [
            ("2001:db8::7", "2001:db8::7"), ("2001:DB8::7", "2001:db8::7"),
            ("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7"),
            ("2001:db8:0:0:0:0:0:7", "2001:db8::7"), ("2001:db8:0::0:7", "2001:db8::7"),
            ("2001:db8::0.0.0.7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"), ("[2001:DB8::7%eth0]", "2001:db8::7"),
            ("[2001:db8::7%25eth0]", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"), ("fe80::1%1", "fe80::1"), ("fe80::1%en-0.1_a~", "fe80::1"),
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"), ("[::]", "::"),
            // RFC 5952: the longest run of zeros, the first of two, never a single one.
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("1::2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("0:0:1::", "0:0:1::"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            // v4-mapped ones are IPv4.
            ("::ffff:192.0.2.7", "192.0.2.7"), ("::ffff:c000:207", "192.0.2.7"), ("[::FFFF:192.0.2.7]", "192.0.2.7"),
            ("0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"), ("::ffff:0:0", "0.0.0.0"),
            ("::ffff:192.0.2.7%eth0", "192.0.2.7"),
            // Near to it, but not: v4-compatible, NAT64, translated.
            ("::192.0.2.7", "::c000:207"), ("64:ff9b::192.0.2.7", "64:ff9b::c000:207"),
            ("::ffff:0:192.0.2.7", "::ffff:0:c000:207"),
            ("::1:ffff:c000:207", "::1:ffff:c000:207"),
            // None.
            (":", nil), (":::", nil), ("1:2", nil), ("1:2:3:4:5:6:7", nil), ("1:2:3:4:5:6:7:8:9", nil),
            ("1::2::3", nil),
            ("::1::", nil), (":1:2:3:4:5:6:7", nil), ("1:2:3:4:5:6:7:", nil), ("1:2:3:4:5:6:7:8:", nil),
            ("1:2:3:4:5:6:7:8::", nil),
            ("1:2:3:4::5:6:7:8", nil), ("12345::", nil), ("::00001", nil), ("::g", nil), ("::-1", nil), (":: 1", nil),
            ("::1 ", nil),
            ("::1.", nil), ("::1.2.3", nil), ("::1.2.3.4.5", nil), ("::1.2.3.256", nil), ("::1.2.3.04", nil),
            ("::1.2.3.4:5", nil),
            ("1:2:3:4:5:6:7:1.2.3.4", nil), ("::ffff:1.2.3.0x4", nil), ("1.2.3.4::", nil), ("::.1.2.3", nil),
            ("[::1", nil), ("::1]", nil), ("[[::1]]", nil), ("[]", nil), ("[:]", nil), ("[::1]:443", nil),
            ("[::1].", nil), ("[::1]a", nil),
            ("::1%", nil), ("[::1%]", nil), ("%eth0:", nil), ("::1%eth 0", nil), ("::1%é", nil),
            ("[fe80::1]%eth0", nil),
            ("fe80%eth0::1", nil),
            (String(repeating: "0:", count: 200), nil), (String(repeating: ":", count: 320), nil),
        ] as [(String, String?)])
    func `IPv6 addresses compare by value`(_ spelling: String, _ expected: String?) {
        #expect(canonical(spelling) == expected)
        #expect(isAddress(spelling) == (expected == nil ? nil : true))
    }

    @Test func `a canonical form is its own`() {
        for spelling in ["example.com", "192.0.2.7", "2001:db8::7", "1:0:2:3:4:5:6:7", "::c000:207", Self.longest] {
            #expect(canonical(spelling) == spelling)
        }
    }

    @Test(arguments: 1...10)
    func `every byte of a text counts in its hash`(_ number: UInt64) {
        var numbers = RepeatableNumbers(seed: number)
        let seed = HostSeed(numbers.next(), numbers.next())
        for length in 0...40 {
            let text = [UInt8](repeating: 0x61, count: length)
            let hash = HostName.hash(text.span, seed)
            for index in 0..<length {
                var other = text
                other[index] = 0x62
                #expect(HostName.hash(other.span, seed) != hash)
            }
            #expect(HostName.hash((text + [0x61]).span, seed) != hash)
        }
    }

    /// Texts whose differences cancelled, whatever had been mixed in front of them, before each block was mixed with
    /// the seed: bit 6 of bytes 7, 11 and 15.
    @Test func `no seed has texts meet that are made to`() {
        var numbers = RepeatableNumbers(seed: 1)
        for _ in 0..<100 {
            let seed = HostSeed(numbers.next(), numbers.next())
            var hashes: Set<UInt64> = []
            for choice in 0..<512 {
                var text = [UInt8](repeating: 0x61, count: 48)
                for bit in 0..<9 where choice >> bit & 1 != 0 { text[16 * (bit / 3) + 7 + 4 * (bit % 3)] ^= 0x40 }
                hashes.insert(HostName.hash(text.span, seed) >> 32)
            }
            #expect(hashes.count == 512)
        }
    }

    /// Every text of up to two bytes, and many of the bytes that addresses are made of: no trap, and a canonical
    /// form of what is accepted is accepted as itself.
    @Test func `noise`() {
        var spellings = (0...255).map { [UInt8($0)] }
        spellings += (0...65535).map { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let alphabet = "0123456789abcdefxXZ:::...[]%-_ ".bytes
        var numbers = RepeatableNumbers(seed: 2)
        for round in 0..<40_000 {
            spellings.append((0..<(round % 24 + 1)).map { _ in alphabet.randomElement(using: &numbers)! })
        }
        for spelling in spellings {
            let scan = HostNameScan(spelling.span)
            guard let host = HostName(spelling.span) else {
                if scan?.isCanonical == true { Issue.record("\(spelling.hex)") }
                continue
            }
            let text = [UInt8](host.text.span)
            // What a check takes as it stands is what it would have made of it.
            let withoutDot = spelling.last == 0x2e ? [UInt8](spelling.dropLast()) : spelling
            let isCanonical = text == withoutDot && !host.isAddress
            if (scan?.isCanonical == true) != isCanonical { Issue.record("\(spelling.hex)") }
            guard let again = HostName(text.span), [UInt8](again.text.span) == text, again.isAddress == host.isAddress
            else {
                Issue.record("\(spelling.hex)")
                continue
            }
        }
    }

    /// What the C library says of IPv6 text is what is said here.
    @Test func `inet_pton agrees`() {
        let alphabet = "0123:::::.fF1".bytes
        var numbers = RepeatableNumbers(seed: 3)
        var accepted = 0
        for round in 0..<60_000 {
            let spelling = (0..<(round % 20 + 2)).map { _ in alphabet.randomElement(using: &numbers)! }
            guard spelling.contains(0x3a) else { continue }
            let expected = networkBytes(String(decoding: spelling, as: UTF8.self))
            let host = HostName(spelling.span)
            if let host {
                accepted += 1
                var canonical = String(host.text.span)
                if !canonical.contains(":") { canonical = "::ffff:" + canonical }
                if networkBytes(canonical) == expected { continue }
            } else if expected == nil {
                continue
            }
            Issue.record("\(String(decoding: spelling, as: UTF8.self))")
        }
        #expect(accepted > 100)
    }

    private func canonical(_ spelling: String) -> String? {
        let bytes = spelling.bytes
        guard let host = HostName(bytes.span) else { return nil }
        return String(host.text.span)
    }

    private func isAddress(_ spelling: String) -> Bool? {
        let bytes = spelling.bytes
        return HostName(bytes.span)?.isAddress
    }

    private func networkBytes(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        return unsafe inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}
