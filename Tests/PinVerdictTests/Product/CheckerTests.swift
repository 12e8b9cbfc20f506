// SPDX-License-Identifier: Apache-2.0

import Foundation
import PinVerdict
import Testing

/// The product for programs in Swift: the conformance table once more, and what its own types add.
@Suite struct CheckerTests {
    /// Those that the package is built with, as the table names them.
    private static let backends: [(String, Configuration.Backend)] = [
        ("openssl", .openSSL), ("gnutls", .gnuTLS),
    ].filter { _, backend in
        var configuration = Configuration()
        configuration.backend = backend
        return (try? Checker(Policy("[policy]\nserial = 1\nenforcement = off\n"), configuration: configuration)) != nil
    }

    private func configuration(_ settings: RowSettings, _ backend: Configuration.Backend) -> Configuration {
        var configuration = Configuration()
        configuration.backend = backend
        configuration.trustAnchors = .none
        configuration.environment = settings.environment
        configuration.installID = settings.installID.isEmpty ? nil : Array(settings.installID.utf8)
        configuration.crossCheck = settings.crossChecks
        let time = settings.clock
        configuration.clock = { time }
        return configuration
    }

    @Test(arguments: try ConformanceTables.verdicts())
    func `verdicts`(_ row: VerdictRow) throws {
        #expect(!Self.backends.isEmpty)
        // What is no UTF-8 is no String either.
        guard let host = String(validating: row.host, as: UTF8.self) else { return }
        let policy = try Policy(ConformanceTables.policy(row.policy))
        let chain = ValidatedChain(validated: try ConformanceTables.chain(row.chain))
        for (name, backend) in Self.backends where row.settings.backend == nil || row.settings.backend == name {
            let checker = try Checker(policy, configuration: configuration(row.settings, backend))
            let verdict = checker.check(chain, host: host)
            #expect(verdict.isAllowed == row.isAllowed, "\(row.place) with \(name)")
            #expect(verdict.reason.name.description == row.reason, "\(row.place) with \(name)")
            #expect(verdict.isEnforced == row.flags.contains("enforced"), "\(row.place) with \(name)")
            #expect(verdict.isBackup == row.flags.contains("backup"), "\(row.place) with \(name)")
            #expect(verdict.rule == row.rule, "\(row.place) with \(name)")
            #expect(verdict.match?.depth == row.depth, "\(row.place) with \(name)")
            #expect(verdict.failedDepth == row.failedDepth, "\(row.place) with \(name)")
            let digest = try row.pin.map(ConformanceTables.pin).map { pin in (0..<32).map { pin[$0] } }
            #expect(verdict.match?.digest == digest, "\(row.place) with \(name)")
            #expect(verdict.description.contains(row.reason))
            let counted = checker.counts.filter { $0.checks > 0 }
            #expect(counted.count == 1 && counted.first?.reason == verdict.reason && counted.first?.checks == 1)
        }
    }

    @Test(arguments: try ConformanceTables.mistakes())
    func `mistakes`(_ mistake: MistakeBlock) {
        let error = #expect(throws: PinVerdictError.self) { try Policy(mistake.text) }
        #expect(error?.kind == .invalidPolicy)
        #expect(error?.line == mistake.line, "\(mistake.place)")
        #expect(error?.message.contains(mistake.messagePart) == true, "\(mistake.place)")
        #expect(error?.description.hasPrefix("line \(mistake.line): ") == true)
    }

    private func checker(_ configuration: Configuration = Configuration()) throws -> Checker {
        try Checker(Policy(ConformanceTables.policy("hosts")), configuration: configuration)
    }

    @Test func `a host with a NUL is not what stands before it`() throws {
        let chain = ValidatedChain(validated: try ConformanceTables.chain("path"))
        let checker = try checker()
        #expect(checker.check(chain, host: "example.com").isAllowed)
        #expect(checker.check(chain, host: "example.com\0").reason == .malformedHostName)
        #expect(checker.check(chain, host: "example.com\0.elsewhere.example").reason == .malformedHostName)
        #expect(throws: PinVerdictError.self) { try checker.expectedPins(host: "example.com\0") }
    }

    @Test func `what is presented is not what is validated`() throws {
        let certificates = try ConformanceTables.chain("path")
        let checker = try checker()
        #expect(checker.check(ValidatedChain(validated: certificates), host: "example.com").isAllowed)
        let verdict = checker.check(PresentedChain(presented: certificates), host: "example.com")
        #expect(!verdict.isAllowed && verdict.reason == .untrustedChain)
        #expect(!verdict.detail.isEmpty)

        var configuration = Configuration()
        configuration.trustAnchors = .none
        let without = try self.checker(configuration)
        #expect(without.check(PresentedChain(presented: certificates), host: "example.com").reason == .invalidArgument)
    }

    @Test func `trust files`() throws {
        let root = Data(try ConformanceTables.certificate("root")).base64EncodedString(options: .lineLength64Characters)
        let file = FileManager.default.temporaryDirectory.appending(path: "pinverdict-\(UUID().uuidString).pem")
        try "-----BEGIN CERTIFICATE-----\n\(root)\n-----END CERTIFICATE-----\n"
            .write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        var configuration = Configuration()
        configuration.trustAnchors = .file(file.path)
        // The leaf has no subjectAltName: the path is good, and the name is nobody's.
        let presented = PresentedChain(presented: try ConformanceTables.chain("path"))
        #expect(try checker(configuration).check(presented, host: "example.com").reason == .hostNameMismatch)

        configuration.trustAnchors = .file(file.path + ".missing")
        var error = #expect(throws: PinVerdictError.self) { try checker(configuration) }
        #expect(error?.kind == .fileError)
        configuration.trustAnchors = .file(file.path + "\0")
        error = #expect(throws: PinVerdictError.self) { try checker(configuration) }
        #expect(error?.kind == .invalidArgument)
    }

    @Test func `chains of any size and form`() throws {
        let checker = try checker()
        let leaf = try ConformanceTables.certificate("leaf")
        let chains: [([[UInt8]], Reason)] = [
            ([], .emptyChain), ([[]], .malformedCertificate), ([[], []], .malformedCertificate),
            ([[UInt8]](repeating: leaf, count: 33), .malformedCertificate),
            ([[UInt8](repeating: 0x30, count: 1 << 21)], .malformedCertificate), ([[0]], .malformedCertificate),
        ]
        for (chain, reason) in chains {
            #expect(checker.check(ValidatedChain(validated: chain), host: "example.com").reason == reason)
            #expect(checker.check(PresentedChain(presented: chain), host: "example.com").reason == reason)
        }
        // Behind a leaf, what was sent and cannot be read is left out.
        let chain = [leaf, []]
        #expect(checker.check(ValidatedChain(validated: chain), host: "example.com").reason == .malformedCertificate)
        #expect(checker.check(PresentedChain(presented: chain), host: "example.com").reason == .untrustedChain)
    }

    @Test func `policies that replace another`() throws {
        func policy(serial: Int) throws -> Policy { try Policy("[policy]\nserial = \(serial)\nenforcement = off\n") }
        let checker = try Checker(policy(serial: 7))
        try checker.setPolicy(policy(serial: 7))
        let error = #expect(throws: PinVerdictError.self) { try checker.setPolicy(policy(serial: 6)) }
        #expect(error?.kind == .outdatedPolicy && error?.line == nil && error?.message.isEmpty == false)
        try checker.setPolicy(Policy("[policy]\nserial = 8\nunpinned-hosts = refuse\n"))
        let chain = ValidatedChain(validated: try ConformanceTables.chain("path"))
        let verdict = checker.check(chain, host: "example.com")
        #expect(!verdict.isAllowed && verdict.reason == .notPinned && verdict.policySerial == 8)
    }

    @Test func `what is expected of a host`() throws {
        let pins = try checker().expectedPins(host: "example.com")
        let leaf = try Pin.digest(ofCertificate: ConformanceTables.certificate("leaf"))
        #expect(pins.map(\.digest).first == leaf)
        #expect(pins.map(\.isBackup) == [false, true])
        #expect(pins.allSatisfy { $0.kind == .spki && $0.list == .any && $0.digest.count == 32 })
        #expect(try checker().expectedPins(host: "elsewhere.example").isEmpty)
    }

    @Test func `pins of certificates`() throws {
        for (kind, name) in [(PinKind.spki, "leaf.spki"), (.key, "leaf.key"), (.certificate, "leaf.certificate")] {
            let pin = try ConformanceTables.pin(name)
            let digest = try Pin.digest(ofCertificate: ConformanceTables.certificate("leaf"), kind: kind)
            #expect(digest == (0..<32).map { pin[$0] })
        }
        let unsupported = #expect(throws: PinVerdictError.self) {
            try Pin.digest(ofCertificate: ConformanceTables.certificate("secp256k1"), kind: .key)
        }
        #expect(unsupported?.kind == .unsupportedKey)
        let malformed = #expect(throws: PinVerdictError.self) { try Pin.digest(ofCertificate: []) }
        #expect(malformed?.kind == .malformedCertificate)
    }

    @Test func `settings that the library does not take`() throws {
        func kind(_ set: (inout Configuration) -> Void) -> PinVerdictError.Kind? {
            var configuration = Configuration()
            set(&configuration)
            return #expect(throws: PinVerdictError.self) { try checker(configuration) }?.kind
        }
        #expect(kind { $0.environment = "" } == .invalidArgument)
        #expect(kind { $0.environment = "a\0b" } == .invalidArgument)
        #expect(kind { $0.installID = [] } == .invalidArgument)
        #expect(kind { $0.installID = [UInt8](repeating: 1, count: 257) } == .invalidArgument)
        #expect(kind { $0.policyKeys = ["no key"] } == .invalidArgument)
        #expect(kind { $0.policyKeys = [""] } == .invalidArgument)
        #expect(kind { $0.minimumSerial = .max } == .outdatedPolicy)
    }

    @Test func `policies that are none`() throws {
        func kind(_ make: () throws -> Policy) -> PinVerdictError.Kind? {
            #expect(throws: PinVerdictError.self) { try make() }?.kind
        }
        #expect(kind { try Policy("") } == .invalidPolicy)
        #expect(kind { try Policy(contentsOfFile: "/nowhere/pins.conf") } == .fileError)
        #expect(kind { try Policy(contentsOfFile: "/\0") } == .invalidArgument)
        #expect(kind { try Policy(contentsOfFile: "/") } == .fileError)
        #expect(kind { try Policy(signed: [], configuration: Configuration()) } == .badSignature)
        let text = Array("[policy]\nserial = 1\n".utf8)
        #expect(kind { try Policy(signed: text, configuration: Configuration()) } == .badSignature)
        #expect(kind { try Policy(signed: text, signature: [], configuration: Configuration()) } == .badSignature)
        #expect(kind { try Policy(signed: text, signature: [0], configuration: Configuration()) } == .badSignature)
    }

    @Test func `the clock is asked, and outlives the checks`() throws {
        let text = "[policy]\nserial = 1\n[host a.example]\nallow-single-pin = yes\nexpires = 2026-01-01\n"
        let pin = Data(try Pin.digest(ofCertificate: ConformanceTables.certificate("root"))).base64EncodedString()
        let chain = ValidatedChain(validated: try ConformanceTables.chain("path"))
        for (time, reason) in [(Int64(1_700_000_000), Reason.matched), (1_800_000_000, .pinsExpired)] {
            var configuration = Configuration()
            configuration.clock = { time }
            let policy = try Policy(text + "on-expiry = allow\npin-sha256 = \(pin)\n")
            #expect(try Checker(policy, configuration: configuration).check(chain, host: "a.example").reason == reason)
        }
    }

    @Test func `tasks share a checker`() async throws {
        let checker = try checker()
        let chain = ValidatedChain(validated: try ConformanceTables.chain("path"))
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<1000).count { _ in checker.check(chain, host: "example.com").isAllowed } }
            }
            #expect(await group.reduce(0, +) == 8000)
        }
        #expect(checker.counts.reduce(0) { $0 + $1.checks } == 8000)
    }
}
