// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PinVerdictCore

@Suite struct PolicyParserTests {
    /// Everything that a policy can say, sections in an unusual order.
    static let whole = """
        # A comment; another.
        [host *.cdn.example.com]
        pin-set = api                     # may come before the set
        pin-set = other
        rejected-pin-sha256 = \(SparePin.first)

        [policy]
        serial         = 20261120
        enforcement    = report-only
        unpinned-hosts = refuse
        environments   = dev\tstaging  production
        rejected-pin-sha256 = \(SparePin.third)

        [pin-set api]
        pin-sha256        = \(SparePin.first)
        backup-pin-sha256 = \(SparePin.second)
        [pin-set other]
        leaf-key-sha256 = sha256/\(SparePin.first)
        backup-leaf-key-sha256 = \(String(repeating: "02", count: 31))03
        [ host   API.Example.com. ]
        pin-set            = api
        ca-certificate-sha256 = pin-sha256-is-not-this
        include-subdomains = yes
        enforcement        = enforce
        expires            = 2027-06-30
        on-expiry          = refuse
        rollout-percent    = 10
        match              = any
        max-depth          = 3
        environments       = staging production
        allow-single-pin   = yes
        [host 2001:DB8:0::7]
        enforcement = off
        [host printer]
        \(SparePin.pair)
        """.replacing("pin-sha256-is-not-this", with: SparePin.third)

    @Test(arguments: ["\n", "\r\n"])
    func `everything that a policy can say`(_ lineEnd: String) throws {
        let parsed = try TestPolicy(Self.whole.replacing("\n", with: lineEnd))
        let policy = parsed.shared.policy
        #expect(policy.settings.serial == 20261120)
        #expect(policy.settings.enforcement == .reportOnly)
        #expect(policy.settings.refusesUnpinnedHosts)
        #expect(policy.settings.needsEnvironment && policy.settings.needsInstallID)
        #expect(policy.settings.hasWildcards && policy.settings.hasSubdomainRules)
        #expect(policy.settings.rejectsKeys)
        #expect(policy.settings.environmentCount == 3)
        #expect(policy.rules.count == 4)

        let cdn = policy.rules[0]
        #expect(String(policy.pattern(of: cdn).span) == "*.cdn.example.com")
        #expect(cdn.isWildcard && cdn.rejectsKeys)
        #expect(cdn.referenceCount == 2 && cdn.pinCount == 0)
        #expect(cdn.enforcement == .enforce && cdn.match == .any && cdn.maxDepth == 0 && cdn.rolloutPercent == 100)
        #expect(cdn.expiryDay == -1 && cdn.environments == 0 && !cdn.includesSubdomains && !cdn.allowsSinglePin)

        let api = policy.rules[1]
        #expect(String(policy.pattern(of: api).span) == "api.example.com")
        #expect(!api.isWildcard && !api.rejectsKeys && api.includesSubdomains && api.allowsSinglePin)
        #expect(api.expiryDay == 20999 && api.refusesOnExpiry)
        #expect(api.rolloutPercent == 10 && api.maxDepth == 3 && api.environments == 0b110)

        #expect(String(policy.pattern(of: policy.rules[2]).span) == "2001:db8::7")
        #expect(policy.rules[2].enforcement == .off)
        #expect(String(policy.name(of: policy.rules[3])) == "printer")
    }

    @Test func `what is left out`() throws {
        let parsed = try TestPolicy("[policy]\nserial = 1\n[host a]\n\(SparePin.pair)")
        let policy = parsed.shared.policy
        #expect(policy.settings.enforcement == .enforce)
        #expect(!policy.settings.refusesUnpinnedHosts)
        #expect(!policy.settings.needsEnvironment && !policy.settings.needsInstallID)
        #expect(!policy.settings.hasWildcards && !policy.settings.hasSubdomainRules)
        #expect(!policy.settings.rejectsKeys)
    }

    /// A key, a section that it stands in, values that it takes and values that it does not, what is said of
    /// those, and what has to stand beside it.
    struct Key: Sendable, CustomTestStringConvertible {
        var name: String
        var section: Character
        var takes: [String]
        var refuses: [String]
        var says: String
        var beside = ""
        var testDescription: String { "\(name) in \(section)" }
    }

    static let keys =
        [
            Key(
                name: "serial", section: "p", takes: ["1", "007", "18446744073709551615"],
                refuses: [
                    "0", "-1", "+1", "1.5", "1e3", "0x10", "1 2", "1,000", "one", "18446744073709551616",
                    "99999999999999999999",
                    "100000000000000000000", "\u{0663}",
                ], says: "serial is a number from 1 to 18446744073709551615; found "),
            Key(
                name: "enforcement", section: "p", takes: ["enforce", "report-only", "off"],
                refuses: ["Enforce", "on", "yes", "report_only", "report only", "enforced", "0"],
                says: "enforcement is enforce, report-only or off; found "),
            Key(
                name: "enforcement", section: "h", takes: ["enforce", "report-only", "off"],
                refuses: ["Off", "none", "reportonly"], says: "enforcement is enforce, report-only or off; found "),
            Key(
                name: "unpinned-hosts", section: "p", takes: ["allow", "refuse"],
                refuses: ["deny", "Allow", "yes", "allow refuse"],
                says: "expected allow or refuse; found "),
            Key(
                name: "environments", section: "p",
                takes: ["dev", "dev staging", "a.b c-d e_f 1", String(repeating: "x", count: 63)],
                refuses: ["dev,staging", "dév", "dev staging;", "*", String(repeating: "x", count: 64), "a \"b\""],
                says: "an environment's name is 1 to 63 letters, digits, '-', '_' or '.'; found "),
            Key(
                name: "environments", section: "h", takes: ["one", "two one", "two\tone"],
                refuses: ["three", "One", "one,two", "one#two", "one three"],
                says: "is not among the environments of [policy]"),
            Key(
                name: "pin-set", section: "h", takes: ["other"],
                refuses: ["api other", "api,other", "\u{e9}", String(repeating: "x", count: 64)],
                says: "pin-set takes the name of one [pin-set]; found "),
            Key(
                name: "include-subdomains", section: "h", takes: ["yes", "no"], refuses: ["true", "1", "Yes", "on"],
                says: "expected no or yes; found "),
            Key(
                name: "expires", section: "h", takes: ["2027-06-30", "1970-01-01", "9999-12-31"],
                refuses: ["2027-02-30", "2027-06-30T00:00:00Z", "30.6.2027", "never", "1969-12-31", "10000-01-01"],
                says: "expires is a date from 1970-01-01 to 9999-12-31, YYYY-MM-DD; found ", beside: "on-expiry = allow"
            ),
            Key(
                name: "valid-until", section: "p", takes: ["2027-06-30", "1970-01-01", "9999-12-31"],
                refuses: ["2027-02-30", "2027-06-30T00:00:00Z", "30.6.2027", "never", "1969-12-31", "10000-01-01"],
                says: "valid-until is a date from 1970-01-01 to 9999-12-31, YYYY-MM-DD; found ",
                beside: "on-stale = keep"),
            Key(
                name: "on-stale", section: "p", takes: ["keep", "refuse"], refuses: ["allow", "Refuse", "no"],
                says: "expected keep or refuse; found ", beside: "valid-until = 2027-06-30"),
            Key(
                name: "on-expiry", section: "h", takes: ["allow", "refuse"], refuses: ["warn", "Refuse", "no"],
                says: "expected allow or refuse; found ", beside: "expires = 2027-06-30"),
            Key(
                name: "rollout-percent", section: "h", takes: ["0", "10", "100", "007"],
                refuses: ["101", "-1", "10%", "1.5", "ten", "256", "18446744073709551616", "+1", "1 0"],
                says: "expected a whole number from 0 to 100; found "),
            Key(
                name: "match", section: "h", takes: ["any", "leaf", "ca", "root"],
                refuses: ["Any", "intermediate", "leaf ca", "leafs"],
                says: "match is any, leaf, ca or root; found "),
            Key(
                name: "max-depth", section: "h", takes: ["1", "32"],
                refuses: ["0", "33", "-1", "all", "257", "4294967297"],
                says: "expected a whole number from 1 to 32; found "),
            Key(
                name: "allow-single-pin", section: "h", takes: ["yes", "no"], refuses: ["true", "Y"],
                says: "expected no or yes; found "),
            Key(
                name: "require-scts", section: "h", takes: ["1", "4"], refuses: ["0", "5", "-1", "two", "1.0"],
                says: "expected a whole number from 1 to 4; found "),
            Key(
                name: "as-of", section: "l", takes: ["1970-01-01", "9999-12-31"],
                refuses: ["2027-02-30", "2027-06-30T00:00:00Z", "today"],
                says: "as-of is a date from 1970-01-01 to 9999-12-31, YYYY-MM-DD; found "),
            Key(
                name: "max-age", section: "l", takes: ["1", "3650"], refuses: ["0", "3651", "-1", "70 days"],
                says: "expected a whole number from 1 to 3650; found "),
            Key(
                name: "on-stale", section: "l", takes: ["allow", "refuse"], refuses: ["keep", "Allow", "no"],
                says: "expected allow or refuse; found "),
            Key(
                name: "key", section: "g", takes: [logKey(6)],
                refuses: [
                    "x", logKey(6) + "A", String(logKey(6).dropLast(4)), SparePin.first, "sha256/" + logKey(6),
                    logKey(6) + " " + logKey(7), String(logKey(6).dropLast(4)) + "AAAAAAAA",
                ], says: "key is a log's SubjectPublicKeyInfo in base64, of a P-256 key; found "),
            Key(
                name: "operator", section: "g", takes: ["Sectigo", "Let's Encrypt", "\u{e9}"], refuses: [], says: ""),
            Key(
                name: "retired", section: "g", takes: ["2027-03-01T00:00:00Z", "1970-01-01T23:59:59Z"],
                refuses: [
                    "2027-03-01", "2027-03-01T24:00:00Z", "2027-03-01T00:60:00Z", "2027-03-01T00:00:60Z",
                    "2027-02-29T00:00:00Z", "2027-03-01 00:00:00Z", "2027-03-01T00:00:00", "2027-03-01T00:00:00+00:00",
                ], says: "retired is a time in UTC, YYYY-MM-DDThh:mm:ssZ; found "),
            Key(
                name: "certificates-until", section: "g", takes: ["2027-07-01"], refuses: ["2027-07-01T00:00:00Z"],
                says: "certificates-until is a date from 1970-01-01 to 9999-12-31, YYYY-MM-DD; found "),
        ] + ["s", "h"].map(issuerKey) + PolicyKeyTests.pinKeys.flatMap { name in ["s", "h"].map { pinKey(name, $0) } }
        + ["p", "s", "h"].map { pinKey("rejected-pin-sha256", $0) }

    private static func issuerKey(_ section: Character) -> Key {
        Key(
            name: "caa-issuer", section: section,
            takes: ["letsencrypt.org", "pki.goog LetsEncrypt.org", "ca1-2.example", "a\tb"],
            refuses: [
                "letsencrypt.org,pki.goog", "letsencrypt.org.", "https://letsencrypt.org", "192.0.2.1",
                "letsencrypt.org; accounturi=x", "Let's Encrypt", "ca..example", "\u{e9}.example", "*.example", ";",
                String(repeating: "x", count: 64),
            ], says: "caa-issuer has the domains by which CAs know themselves in CAA records", beside: "")
    }

    /// The spellings of a pin are in `PinValueTests`.
    private static func pinKey(_ name: String, _ section: Character) -> Key {
        // A list needs a backup and another pin; what the key does not bring stands beside it.
        let other = name.hasPrefix("backup-") ? String(name.dropFirst(7)) : "backup-" + name
        return Key(
            name: name, section: section, takes: [SparePin.third], refuses: ["yes", "md5:\(SparePin.third)"],
            says: "a pin is 44 characters of base64 or 64 hex digits; found ",
            beside: name.hasPrefix("rejected-") ? "" : "\(other) = \(SparePin.second.replacing("AgIC", with: "BwcH"))")
    }

    /// Who adds a key is told here that its values are not tested.
    @Test func `every key has its values`() {
        #expect(Set(PolicyKeyTests.keys.map(\.name)).subtracting(Self.keys.map(\.name)) == [])
    }

    @Test(arguments: keys)
    func `values`(_ key: Key) {
        for value in key.takes {
            #expect(problem(key, "\(key.name) = \(value)") == nil, "\(value)")
        }
        for value in key.refuses {
            expect(key, ">> \(key.name) = \(value)", key.says)
        }
        expect(key, ">> \(key.name) =", "key \"\(key.name)\" has no value")
        expect(key, ">> \(key.name) = # comment", "key \"\(key.name)\" has no value")
        // Any text names an operator.
        guard key.name != "operator" else { return }
        // A value of many letters is quoted in part; a line of too many is not looked into.
        expect(key, ">> \(key.name) = \(String(repeating: "y", count: 4000))", "yyyyyyyyyyyy...\"")
        expect(key, ">> \(key.name) = \(String(repeating: "y", count: 5000))", "longer than 4096 bytes")
    }

    @Test(arguments: keys)
    func `a key twice`(_ key: Key) {
        let line = "\(key.name) = \(key.takes[0])"
        let part =
            switch key.name {
            case "pin-set": "the rule names pin set \"\(key.takes[0])\" twice"
            case let name where name.hasSuffix("sha256"): "stands twice in its list"
            default: "key \"\(key.name)\" stands twice in its section"
            }
        expect(key, "\(line)\n# between\n>> \(line)", part)
    }

    @Test(arguments: PolicyKeyTests.keys.indices, ["p", "s", "h", "l", "g"] as [Character])
    func `a key in another section`(_ index: Int, _ section: Character) {
        let (name, sections) = PolicyKeyTests.keys[index]
        guard !sections.contains(section) else { return }
        let names: [Character: String] = [
            "p": "[policy]", "s": "[pin-set]", "h": "[host]", "l": "[ct-logs]", "g": "[ct-log]",
        ]
        let key = Key(name: name, section: section, takes: [], refuses: [], says: "")
        expect(key, ">> \(name) = 1", "key \"\(name)\" does not belong in \(names[section]!) but in [")
        for belongs in sections.map({ names[$0]! }) where name != "rejected-pin-sha256" {
            expect(key, ">> \(name) = 1", belongs)
        }
    }

    @Test(arguments: PolicyKeyTests.keys.indices)
    func `a key before the first section`(_ index: Int) {
        let name = PolicyKeyTests.keys[index].name
        expect("# comment\n\n>> \(name) = 1\n[policy]\nserial = 1\n", "key \"\(name)\" stands before the first section")
    }

    @Test(arguments: keys)
    func `a misspelled key`(_ key: Key) {
        let value = key.takes[0]
        expect(key, ">> \(key.name)x = \(value)", "unknown key \"\(key.name)x\"; did you mean \(key.name)?")
        expect(key, ">> \(key.name.dropLast(1)) = \(value)", "did you mean \(key.name)?")
        expect(key, ">> \(key.name.replacing("-", with: "_").uppercased()) = \(value)", "unknown key \"")
        expect(key, ">> colour = \(value)", "unknown key \"colour\"")
    }

    /// As many as there may be, and one more.
    @Test func `limits`() {
        func pins(_ range: Range<Int>) -> String {
            range.map {
                "pin-sha256 = " + [UInt8](repeating: 0, count: 30).hex
                    + [UInt8(($0 + 1) >> 8), UInt8(($0 + 1) & 255)].hex
            }
            .joined(separator: "\n") + "\nbackup-pin-sha256 = \(SparePin.first)\n"
        }
        let start = "[policy]\nserial = 1\n"
        #expect(TestPolicy.problem(in: start + "[host a]\n" + pins(0..<255)) == nil)
        let tooMany = pins(0..<256).replacing("backup-", with: ">> backup-")
        expect(start + "[host a]\n" + tooMany, "a section has at most 256 pins")
        expect(start + "[pin-set a]\n" + tooMany, "a section has at most 256 pins")
        func rejected(_ range: Range<Int>, _ mark: String = "") -> String {
            range.map {
                "\(mark)rejected-pin-sha256 = " + String(repeating: "0", count: 56)
                    + [0, 1, UInt8($0 >> 8), UInt8($0 & 255)].hex
            }
            .joined(separator: "\n") + "\n"
        }
        for section in ["unpinned-hosts = refuse\n", "[pin-set a]\n", "[host a]\n\(SparePin.pair)"] {
            let start = "[policy]\nserial = 1\n"
            let host = section.hasPrefix("[pin-set") ? "[host b]\nenforcement = off\n" : ""
            #expect(TestPolicy.problem(in: start + section + rejected(0..<16_384) + host) == nil)
            expect(
                start + section + rejected(0..<16_384) + rejected(16_384..<16_385, ">> ") + host,
                "a section rejects at most 16384 keys")
        }
        let sets = (0..<4).map { "[pin-set s\($0)]\n" + rejected((4_000 * $0)..<(4_000 * ($0 + 1))) }.joined()
        let names = (0..<4).map { "pin-set = s\($0)\n" }.joined()
        let rule = "[host a]\n\(SparePin.pair)\(names)"
        #expect(TestPolicy.problem(in: "[policy]\nserial = 1\n" + sets + rule + rejected(20_000..<20_384)) == nil)
        expect(
            "[policy]\nserial = 1\n" + sets + ">> " + rule + rejected(20_000..<20_385),
            "the rule rejects more than 16384 keys, with those of its sets")
        let set = "[pin-set b]\n" + pins(1000..<1200)
        #expect(TestPolicy.problem(in: start + set + "[host a]\npin-set = b\n" + pins(0..<54)) == nil)
        expect(
            start + set + ">> [host a]\npin-set = b\n" + pins(0..<55),
            "the rule has more than 256 pins, with those of its sets")

        func references(_ count: Int) -> String {
            let sets = (0..<count).map { "[pin-set s\($0)]\n\(SparePin.pair)" }.joined()
            return start + sets + "[host a]\n" + (0..<count).map { "pin-set = s\($0)\n" }.joined()
        }
        #expect(TestPolicy.problem(in: references(64)) == nil)
        expect(references(65).replacing("pin-set = s64", with: ">> pin-set = s64"), "a rule names at most 64 pin sets")

        func environments(_ count: Int) -> String {
            let names = (0..<count).map { "e\($0)" }.joined(separator: " ")
            return "[policy]\nserial = 1\nunpinned-hosts = refuse\n>> environments = \(names)\n"
        }
        #expect(TestPolicy.problem(in: MarkedPolicy(environments(32)).text) == nil)
        expect(environments(33), "a policy declares at most 32 environments")
    }

    /// The 32nd environment's bit is the last one that a rule has room for.
    @Test func `a rule in the last of 32 environments`() throws {
        let names = (0..<32).map { "e\($0)" }.joined(separator: " ")
        let policy = try TestPolicy(
            "[policy]\nserial = 1\nenvironments = \(names)\n[host a]\nenvironments = e31\n\(SparePin.pair)")
        #expect(policy.rule(for: "a", environment: "e31") == "a")
        #expect(policy.rule(for: "a", environment: "e30") == nil)
        #expect(policy.rule(for: "a", environment: "e0") == nil)
        #expect(policy.rule(for: "a") == nil)
    }

    @Test func `every mistake at once, in the order of the file and then of the rules`() {
        let text = """
            stray = 1
            [policy]
            serial = x
            colour = blue
            [pin-set empty]
            [pin-set api]
            pin-sha256 = AAAA=
            [nonsense]
            not-looked-at = 1
            [host a..b]
            neither = looked at
            [host example.com]
            pin-set = api
            pin-set = missing
            expires = 2027-02-30
            [host example.org]
            [host EXAMPLE.org.]
            rollout-percent = 101
            no key
            """
        let lines = TestPolicy.allProblems(in: text + "\n").map(\.line)
        #expect(lines == [1, 3, 4, 5, 7, 8, 10, 11, 15, 12, 18, 19, 14, 16, 17])
    }

    /// What a section lacks may stand in a line of it that could not be read: of that nothing more is told.
    @Test(
        arguments: [
            // No pins, and no backup, where a line that may have been one is a mistake.
            ("[host a]\npin-sha265 = x", [4]), ("[host a]\npin-sha256 = x", [4]),
            ("[host a]\n\(SparePin.first)", [4]), ("[host a]\nmatch = leafs\nmax-depth = 0", [4, 5]),
            ("[host a]\npin-sha256 = \(SparePin.first)\nbackup-pin-sha256 = AAAA=", [5]),
            ("[host a]\n[host b]\npin-sha256 = x", [5, 3]),
            // In a set of the rule, and for a set that is none.
            ("[host a]\npin-set = s\n[pin-set s]\npin-sha256 = x", [6]), ("[host a]\npin-set = s\n[pin-set s]", [5]),
            ("[host a]\npin-set = s", [4]),
            ("[host a]\npin-set = s\n[host b]\n[pin-set s]\npin-sha256 = x", [7, 5]),
            // What is wrong all the same.
            ("[host a]\ncolour = red\nexpires = 2027-06-30\n\(SparePin.pair)", [4, 3]),
            ("[host a]\ncolour = red\nmatch = leaf\nca-\(SparePin.pair)", [4, 3]),
            // Below a header that is a mistake, lines are looked at as below another.
            ("[host a..b]\npin-sha256 = x\ncolour = red", [3, 4, 5]), ("[host a..b]", [3]),
            ("[host a:1]\nmatch = all\nmatch = leaf", [3, 4, 5]), ("[pin-set a b]\npin-sha256 = x", [3, 4]),
            ("[host *.1.2.3.4]\ninclude-subdomains = yes\n\(SparePin.pair)", [3, 4]),
            // Of [policy] what it lacks, too.
            ("[pin-set s]\n\(SparePin.pair)[pin-set s]\npin-sha256 = x", [6, 7]),
        ] as [(String, [Int])])
    func `each mistake is told once`(_ text: String, _ lines: [Int]) {
        #expect(TestPolicy.allProblems(in: "[policy]\nserial = 1\n\(text)\n").map(\.line) == lines)
    }

    @Test(
        arguments: [
            ("[policy]\nserial 1\n[host a]\nenforcement = off\n", [2]),
            ("[policy main]\nserial = 1\n[host a]\nenforcement = off\n", [1]),
            ("[Policy]\nserial = 1\n[host a]\nenforcement = off\n", [1]), ("[policy]\n[host a]\n", [1, 2]),
            ("[host a]\nenforcement = off\n", [1]),
            // Nothing is told behind a file that was cut short.
            ("[policy]\nserial = 1\n[host a]\npin-sha256 = \(SparePin.first)", [4]), ("[policy]", [1]),
            ("[policy]\ncolour = red\n[host a]\nexpires = 2027-06-30", [2, 4]), ("[host a]\npin-set = s\n# x", [3]),
        ] as [(String, [Int])])
    func `nor is what [policy] or a file lacks`(_ text: String, _ lines: [Int]) {
        #expect(TestPolicy.allProblems(in: text).map(\.line) == lines)
    }

    /// Of a text cut short at any byte nothing is loaded, unless it ends with a line.
    @Test func `cut short at every byte`() {
        let text = (Self.whole + "\n").bytes
        for count in text.indices where count > 0 && text[count - 1] != 0x0a {
            // Problems of the whole file come after those of its lines.
            let problem = TestPolicy.problem(in: Array(text[..<count]))
            if problem?.message.contains("may have been cut short") != true { Issue.record("cut to \(count) bytes") }
        }
        #expect(TestPolicy.problem(in: text) == nil)
        #expect(TestPolicy.problem(in: "") == TestPolicy.problem(in: "\n"))
    }

    /// Whatever a byte is changed to: a policy or a mistake on one of its lines. Never a trap, and never more than
    /// was counted.
    @Test func `every byte changed`() {
        var text = (Self.whole + "\n").bytes
        let lineCount = text.count { $0 == 0x0a }
        for index in text.indices {
            let original = text[index]
            for value in "\0\n #=[]*.-0Z".bytes + [0x80] where value != original {
                text[index] = value
                guard let problem = TestPolicy.problem(in: text) else { continue }
                if problem.line < 1 || problem.line > lineCount + 1 || problem.message.isEmpty
                    || problem.message.contains("does not fit")
                {
                    Issue.record("byte \(index) as \(value): \(problem)")
                }
            }
            text[index] = original
        }
    }

    /// Lines of a policy in any order and number.
    @Test func `lines shuffled`() {
        let lines = Self.whole.split(separator: "\n")
        var numbers = RepeatableNumbers(seed: 4)
        for _ in 0..<500 {
            let count = Int.random(in: 1...40, using: &numbers)
            let text = (0..<count).map { _ in lines.randomElement(using: &numbers)! + "\n" }.joined()
            let problems = TestPolicy.allProblems(in: text)
            if problems.contains(where: { $0.line < 1 || $0.line > count || $0.message.contains("does not fit") }) {
                Issue.record("\(text)\n\(problems)")
            }
        }
    }

    // MARK: -

    /// A policy that is one with the key's line, and what has to stand beside it, in their section.
    private func policy(_ key: Key, _ lines: String) -> String {
        func more(_ section: Character) -> String {
            key.section == section ? [key.beside, lines].filter { !$0.isEmpty }.joined(separator: "\n") + "\n" : ""
        }
        /// What else the section needs.
        func others(_ section: Character, _ lines: [String]) -> String {
            lines.filter { key.section != section || !$0.hasPrefix(key.name + " ") }.map { $0 + "\n" }.joined()
        }
        var start = "# A comment.\n[policy]\n"
        if key.name != "serial" || key.section != "p" { start += "serial = 7\n" }
        if key.name != "environments" || key.section != "p" { start += "environments = one two\n" }
        var logs = "[ct-logs]\n" + others("l", ["as-of = 2026-06-20", "max-age = 70", "on-stale = allow"]) + more("l")
        for number: UInt8 in 1...4 {
            logs += "[ct-log log\(number)]\nkey = \(Self.logKey(number))\noperator = Operator \(number)\n"
        }
        logs += "[ct-log last]\n" + others("g", ["key = \(Self.logKey(5))", "operator = Fifth"]) + more("g")
        return start + more("p") + "[pin-set api]\n\(SparePin.pair)\(more("s"))[pin-set other]\n\(SparePin.pair)"
            + "\n[host example.com]\npin-set = api\n" + more("h") + logs
    }

    /// The encoding of a key, though it is no point's.
    static func logKey(_ number: UInt8) -> String {
        let start = [UInt8](hex: "3059301306072a8648ce3d020106082a8648ce3d03010703420004")
        return Data(start + [UInt8](repeating: number, count: 64)).base64EncodedString()
    }

    private func problem(_ key: Key, _ lines: String) -> Problem? { TestPolicy.problem(in: policy(key, lines)) }

    private func expect(_ key: Key, _ lines: String, _ part: String, _ location: SourceLocation = #_sourceLocation) {
        expect(policy(key, lines), part, location)
    }

    private func expect(_ marked: String, _ part: String, _ location: SourceLocation = #_sourceLocation) {
        let policy = MarkedPolicy(marked)
        let problem = TestPolicy.problem(in: policy.text)
        let message = problem?.message ?? "no problem"
        #expect(problem?.line == policy.line, "\(message)", sourceLocation: location)
        #expect(message.contains(part), sourceLocation: location)
    }
}
