// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct HostTableTests {
    private static func policy(
        _ patterns: [(pattern: String, lines: String)], environments: String = ""
    ) throws -> TestPolicy {
        let settings = environments.isEmpty ? "" : "environments = \(environments)\n"
        let hosts = patterns.map { "[host \($0.pattern)]\nenforcement = off\n\($0.lines)\n" }.joined()
        return try TestPolicy("[policy]\nserial = 1\n\(settings)\(hosts)")
    }

    /// One rule decides: the exact one, else the wildcard one label up, else the nearest ancestor with
    /// include-subdomains.
    @Test(
        arguments: [
            ("example.com", "example.com"), ("EXAMPLE.com.", "example.com"),
            ("api.example.com", "api.example.com"), ("www.example.com", "*.example.com"), ("com", nil),
            ("example.org", nil),
            // Two labels below: no wildcard, but the ancestor.
            ("a.www.example.com", "example.com"), ("a.b.c.example.com", "example.com"),
            // api has no include-subdomains, and is passed over on the way up.
            ("v1.api.example.com", "example.com"), ("x.v1.api.example.com", "example.com"),
            // The nearest of several ancestors.
            ("deep.example.com", "deep.example.com"), ("x.deep.example.com", "deep.example.com"),
            ("x.y.deep.example.com", "deep.example.com"),
            // A wildcard decides before an ancestor that is as near.
            ("cdn.example.com", "cdn.example.com"), ("a.cdn.example.com", "*.cdn.example.com"),
            ("a.b.cdn.example.com", "cdn.example.com"),
            ("sub.example.net", nil), ("example.net", "example.net"), ("x.wild.example.net", "*.wild.example.net"),
            ("wild.example.net", nil),
            ("x.y.wild.example.net", nil),
            // OkHttp #3324, TrustKit #156 and #138: a suffix is no domain.
            ("evil-example.com", nil), ("evilexample.com", nil), ("example.com.evil.org", nil),
            ("www.example.com.evil.org", nil),
            ("xexample.com", nil), ("www.xexample.com", nil), ("bar.wild.example.net.notwild.example.net", nil),
            ("notwild.example.net", nil),
            ("x.notwild.example.net", nil), ("ample.com", nil),
            // Single labels and addresses have no ancestors.
            ("printer", "printer"), ("x.printer", "printer"), ("local", nil), ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.8", nil),
            ("::ffff:192.0.2.7", "192.0.2.7"), ("[2001:db8::7%eth0]", "2001:db8::7"), ("2001:db8:0::7", "2001:db8::7"),
            ("2001:db8::8", nil),
            ("x.192.0.2.7.example.com", "example.com"),
        ] as [(String, String?)])
    func `which rule decides`(_ host: String, _ expected: String?) throws {
        let policy = try Self.policy([
            ("example.com", "include-subdomains = yes"), ("*.example.com", ""), ("api.example.com", ""),
            ("deep.example.com", "include-subdomains = yes"), ("cdn.example.com", "include-subdomains = yes"),
            ("*.cdn.example.com", ""),
            ("example.net", "include-subdomains = no"), ("*.wild.example.net", ""),
            ("printer", "include-subdomains = yes"),
            ("192.0.2.7", ""), ("2001:db8::7", ""),
        ])
        #expect(policy.rule(for: host) == expected)
    }

    @Test(
        arguments: [
            ("dev", "a.b.example.com", "*.b.example.com"), ("dev", "b.example.com", "example.com"),
            ("live", "a.b.example.com", "a.b.example.com"), ("live", "b.example.com", "b.example.com"),
            ("live", "x.b.example.com", "b.example.com"),
            ("none", "a.b.example.com", nil), ("none", "b.example.com", nil), (nil, "a.b.example.com", nil),
            ("none", "always.example", "always.example"), (nil, "always.example", "always.example"),
            ("dev", "always.example", "always.example"),
        ] as [(String?, String, String?)])
    func `a rule of other environments does not exist`(
        _ environment: String?, _ host: String, _ expected: String?
    ) throws {
        let policy = try Self.policy(
            [
                ("a.b.example.com", "environments = live"), ("*.b.example.com", "environments = dev"),
                ("b.example.com", "environments = live\ninclude-subdomains = yes"),
                ("example.com", "environments = dev\ninclude-subdomains = yes"), ("always.example", ""),
            ], environments: "dev live none")
        #expect(policy.rule(for: host, environment: environment) == expected)
    }

    /// As many sections for one host as there can be environments, among others of the same names.
    @Test func `a host in every environment`() throws {
        let environments = (0..<32).map { "e\($0)" }
        let patterns = environments.flatMap { name in
            [("example.com", "environments = \(name)"), ("*.example.com", "environments = \(name)")]
        }
        let parsed = try Self.policy(patterns, environments: environments.joined(separator: " "))
        let policy = parsed.shared.policy
        let name = "example.com".bytes
        for environment in 0..<32 {
            #expect(policy.find(name.span, isWildcard: false, environment: environment) == 2 * environment)
            #expect(policy.find(name.span, isWildcard: true, environment: environment) == 2 * environment + 1)
        }
        #expect(policy.find(name.span, isWildcard: false, environment: nil) == 0)
        #expect(parsed.rule(for: "example.com", environment: nil) == nil)
        let more = patterns + [("example.com", "environments = e0")]
        #expect(throws: TestPolicy.Invalid.self) {
            try Self.policy(more, environments: environments.joined(separator: " "))
        }
    }

    /// The three kinds of search alone: what is not there costs nothing, but is not found either.
    @Test func `policies with one kind of rule`() throws {
        let exact = try Self.policy([("example.com", "")])
        #expect(exact.rule(for: "example.com") == "example.com")
        #expect(exact.rule(for: "a.example.com") == nil)
        let wildcard = try Self.policy([("*.example.com", "")])
        #expect(wildcard.rule(for: "a.example.com") == "*.example.com")
        #expect(wildcard.rule(for: "a.b.example.com") == nil)
        #expect(wildcard.rule(for: "example.com") == nil)
        let ancestor = try Self.policy([("example.com", "include-subdomains = yes")])
        #expect(ancestor.rule(for: "a.b.example.com") == "example.com")
        let none = try TestPolicy("[policy]\nserial = 1\nunpinned-hosts = refuse\n")
        #expect(none.rule(for: "example.com") == nil)
    }

    @Test func `the pattern is found as it is, not as a host`() throws {
        let parsed = try Self.policy([("example.com", ""), ("*.example.com", ""), ("example.net", "")])
        let policy = parsed.shared.policy
        let (com, net) = ("example.com".bytes, "example.net".bytes)
        #expect(policy.find(com.span, isWildcard: false, environment: nil) == 0)
        #expect(policy.find(com.span, isWildcard: true, environment: nil) == 1)
        #expect(policy.find(net.span, isWildcard: false, environment: nil) == 2)
        #expect(policy.find(net.span, isWildcard: true, environment: nil) == nil)
    }

    private static func name(_ number: Int) -> String { "host-\(number).zone-\(number % 97).example.com" }

    /// A policy of many names, each tenth of them a wildcard.
    private static func policy(ofNames count: Int) throws -> TestPolicy {
        var text = "[policy]\nserial = 1\n".bytes
        text.reserveCapacity(count * 60)
        for number in 0..<count {
            text += "[host \(number % 10 == 0 ? "*." : "")\(name(number))]\nenforcement = off\n".utf8
        }
        return try TestPolicy(text)
    }

    /// A table of 100,000 names: each is found, others are not.
    @Test func `many names`() throws {
        // Of a table whose names do not spread there is no need to make a large one, which would take hours.
        let small = try Self.policy(ofNames: 1_000)
        try #require(longestRun(of: small.shared.policy.hosts.slots) < 100, "searches are long")

        let count = 100_000
        let parsed = try Self.policy(ofNames: count)
        let policy = parsed.shared.policy
        for number in 0..<count {
            let name = Self.name(number)
            let (own, below) = (name.bytes, "x.\(name)".bytes)
            let host = HostName((number % 10 == 0 ? below : own).span)!
            if policy.rule(for: host, environment: nil) != number { Issue.record("\(name) is not found") }
            // The same name as the other kind of pattern, and a name that is not there.
            if policy.find(own.span, isWildcard: number % 10 != 0, environment: nil) != nil {
                Issue.record("\(name) is found")
            }
            let absent = "host-\(number).zone-\(number % 97 + 1).example.com".bytes
            if policy.find(absent.span, isWildcard: false, environment: nil) != nil {
                Issue.record("a name too many is found")
            }
        }
        let longest = longestRun(of: policy.hosts.slots)
        #expect(longest < 500, "searches are long")
    }

    /// How many slots in a row are taken: no search is longer.
    private func longestRun(of slots: Span<UInt32>) -> Int {
        var longest = 0
        var current = 0
        for index in slots.indices {
            current = slots[index] == 0 ? 0 : current + 1
            longest = max(longest, current)
        }
        return longest
    }
}
