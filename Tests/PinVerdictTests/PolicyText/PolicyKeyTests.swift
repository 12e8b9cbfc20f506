// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PolicyKeyTests {
    /// The keys of the policy file, and the sections that each may stand in: p, s and h; l for `[ct-logs]`,
    /// g for `[ct-log NAME]`.
    static let keys: [(name: String, sections: String)] =
        [
            ("serial", "p"), ("enforcement", "ph"), ("unpinned-hosts", "p"), ("environments", "ph"),
            ("valid-until", "p"), ("on-stale", "pl"), ("as-of", "l"), ("max-age", "l"), ("key", "g"), ("operator", "g"),
            ("retired", "g"), ("certificates-until", "g"),
            ("pin-set", "h"), ("include-subdomains", "h"), ("expires", "h"), ("on-expiry", "h"),
            ("rollout-percent", "h"),
            ("match", "h"), ("max-depth", "h"), ("allow-single-pin", "h"), ("caa-issuer", "sh"), ("require-scts", "h"),
            ("rejected-pin-sha256", "psh"),
        ] + pinKeys.map { ($0, "sh") }

    /// `[backup-][leaf-|ca-](pin|key|certificate)-sha256`
    static let pinKeys = PinKind.all.flatMap { kind in
        ["", "leaf-", "ca-"].flatMap { list in ["", "backup-"].map { $0 + list + kind.keyName.description } }
    }

    @Test(arguments: keys.indices)
    func `each key belongs to its sections`(_ index: Int) throws {
        let (name, sections) = Self.keys[index]
        let bytes = name.bytes
        let key = try #require(PolicyKey.named(bytes.span)?.key)
        #expect(key.row.sections.contains(.policy as PolicySection) == sections.contains("p"))
        #expect(key.row.sections.contains(.pinSet as PolicySection) == sections.contains("s"))
        #expect(key.row.sections.contains(.host as PolicySection) == sections.contains("h"))
        #expect(key.row.sections.contains(.logs as PolicySection) == sections.contains("l"))
        #expect(key.row.sections.contains(.log as PolicySection) == sections.contains("g"))
    }

    /// Who adds a key is told here that it has no row above.
    @Test func `every key has its row`() {
        let names = (0...255).compactMap { PolicyKey(rawValue: $0)?.row.name?.description }
        #expect(Set(names).subtracting(Self.keys.map(\.name)) == [])
    }

    @Test func `a pin's key says what the pin is`() {
        for kind in PinKind.all {
            for (prefix, list) in [("", PinList.any), ("leaf-", .leaf), ("ca-", .ca)] {
                for isBackup in [false, true] {
                    let name = ((isBackup ? "backup-" : "") + prefix + kind.keyName.description).bytes
                    let traits = PolicyKey.named(name.span)?.pins
                    #expect(traits == PinTraits(kind: kind, list: list, isBackup: isBackup))
                    #expect(traits?.kind == kind && traits?.list == list && traits?.isBackup == isBackup)
                    #expect(traits?.isRejected == false)
                }
            }
        }
        let rejected = "rejected-pin-sha256".bytes
        #expect(PolicyKey.named(rejected.span)?.pins == .rejected)
    }

    @Test(arguments: [
        "", "-", "Serial", "SERIAL", "serial ", "sha256", "-sha256", "pin", "pin-sha1", "pin-sha512", "pins-sha256",
        "leaf-backup-pin-sha256", "backup-backup-pin-sha256", "leaf-ca-pin-sha256", "root-pin-sha256",
        "backup-rejected-pin-sha256",
        "rejected-leaf-pin-sha256", "rejected-key-sha256", "rejected-certificate-sha256", "pin_sha256", "expires-on",
        "environment",
    ])
    func `names of no key`(_ name: String) {
        let bytes = name.bytes
        let isKnown = PolicyKey.named(bytes.span) != nil
        #expect(!isKnown)
    }

    @Test(
        arguments: [
            ("seriel", "serial"), ("Serial", "serial"), ("sreial", "serial"), ("enforcment", "enforcement"),
            ("expire", "expires"),
            ("expiry", "expires"), ("on_expiry", "on-expiry"), ("include_subdomains", "include-subdomains"),
            ("include-subdomain", "include-subdomains"),
            ("pin-sha-256", "pin-sha256"), ("pins-sha256", "pin-sha256"), ("pin_sha256", "pin-sha256"),
            ("pin-sha265", "pin-sha256"),
            ("key-sha25", "key-sha256"), ("certificate-sh256", "certificate-sha256"),
            ("backup-pin-sha255", "backup-pin-sha256"),
            ("backup_key_sha256", "backup-key-sha256"), ("backup-certifcate-sha256", "backup-certificate-sha256"),
            ("reject-pin-sha256", "rejected-pin-sha256"),
            ("environment", "environments"), ("max-deph", "max-depth"), ("maxdepth", "max-depth"),
            ("rollout-per-cent", "rollout-percent"),
            ("unpinned-host", "unpinned-hosts"), ("allow-single-pins", "allow-single-pin"), ("pinset", "pin-set"),
            ("pin-sets", "pin-set"),
            ("matches", "match"), ("lef-pin-sha256", "leaf-pin-sha256"),
            ("backup-laef-pin-sha256", "backup-leaf-pin-sha256"),
            // Too far from all of them.
            ("x", nil), ("colour", nil), ("pin", nil), ("sha256", nil), ("public-key-pins", nil), ("hostname", nil),
            (String(repeating: "serial", count: 6), nil), (String(repeating: "x", count: 4000), nil), ("ünïcödé", nil),
        ] as [(String, String?)])
    func `what was meant`(_ name: String, _ expected: String?) {
        let bytes = name.bytes
        #expect(PolicyKey.suggestion(for: bytes.span).map { String($0.span) } == expected)
    }

    @Test func `a known key is its own best suggestion`() {
        for (name, _) in Self.keys {
            let bytes = name.bytes
            #expect(PolicyKey.suggestion(for: bytes.span).map { String($0.span) } == name)
        }
    }

    @Test func `names of sections`() {
        for (name, section) in [
            ("policy", PolicySection.policy), ("pin-set", .pinSet), ("host", .host), ("ct-logs", .logs),
            ("ct-log", .log),
        ] {
            let bytes = name.bytes
            #expect(PolicySection(named: bytes.span) == section)
        }
        for name in ["", "Policy", "HOST", "hosts", "pinset", "pin_set", "domain", "policy ", "default"].map(\.bytes) {
            #expect(PolicySection(named: name.span) == nil)
        }
    }
}
