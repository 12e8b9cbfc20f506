// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

/// What the conformance table cannot bring about: backends that fail, and memory that changes under a check.
@Suite struct PinCheckTests {
    /// A rule for the host "a", with further lines; names in braces stand for pins.
    private static func policy(_ more: String = "", settings: String = "") throws -> TestPolicy {
        let pins = "pin-sha256 = {leaf.spki}\nbackup-pin-sha256 = {spare1}\n"
        return try TestPolicy(ConformanceTables.expand("[policy]\nserial = 7\n\(settings)[host a]\n\(pins)\(more)"))
    }

    private static func chain(_ name: String) throws -> TestCertificates {
        TestCertificates(try ConformanceTables.chain(name))
    }

    /// After so many hashes the backend fails: what is told, and whether it is let through.
    @Test(
        arguments: [
            // The pins need a hash; a match found before another certificate is hashed is a match.
            ("", "", "path", 0, "backend-failure", false), ("", "", "path", 1, "matched", true),
            ("", "", "other", 1, "backend-failure", false), ("", "", "other", 2, "no-match", false),
            // Never softened.
            ("enforcement = report-only\n", "", "path", 0, "backend-failure", false),
            ("", "enforcement = report-only\n", "path", 0, "backend-failure", false),
            ("rollout-percent = 0\n", "", "path", 1, "backend-failure", false),
            // A rollout needs a hash before a certificate is read.
            ("rollout-percent = 50\n", "", "path", 0, "backend-failure", false),
            ("rollout-percent = 50\n", "", "malformed-0", 0, "backend-failure", false),
            ("rollout-percent = 0\n", "", "malformed-0", 1, "malformed-certificate", true),
            ("rollout-percent = 100\n", "", "malformed-0", 0, "malformed-certificate", false),
            // Rejected keys need one for each certificate, before expiry is looked at.
            ("rejected-pin-sha256 = {root.spki}\n", "", "path", 2, "backend-failure", false),
            ("rejected-pin-sha256 = {root.spki}\n", "", "path", 3, "rejected-key", false),
            ("rejected-pin-sha256 = {spare2}\n", "", "path", 2, "backend-failure", false),
            ("rejected-pin-sha256 = {spare2}\n", "", "path", 3, "matched", true),
            (
                "rejected-pin-sha256 = {spare2}\nexpires = 2020-01-01\non-expiry = allow\n", "", "path", 2,
                "backend-failure", false
            ),
            // What needs no hash is told all the same.
            ("expires = 2020-01-01\non-expiry = allow\n", "", "path", 0, "pins-expired", true),
            ("expires = 2020-01-01\non-expiry = refuse\n", "", "path", 0, "pins-expired", false),
            ("enforcement = off\n", "", "path", 0, "enforcement-off", true),
            ("", "enforcement = off\n", "path", 0, "enforcement-off", true),
            ("", "", "malformed-1", 0, "malformed-certificate", false), ("", "", "broken", 0, "not-a-path", false),
            ("", "", "empty", 0, "empty-chain", false),
        ] as [(String, String, String, Int, String, Bool)])
    func `a backend that fails`(
        _ more: String, _ settings: String, _ chain: String, _ hashes: Int, _ reason: String, _ isAllowed: Bool
    ) throws {
        let outcome = try Self.policy(more, settings: settings)
            .check("a", Self.chain(chain), FailingBackend(afterHashes: hashes), installID: "x")
        #expect(outcome.reason.name.description == reason)
        #expect(outcome.isAllowed == isAllowed)
    }

    @Test func `a host without a rule needs no backend`() throws {
        let backend = FailingBackend()
        #expect(try Self.policy().check("b", Self.chain("path"), backend).reason == .notPinned)
        let rejecting = try Self.policy(settings: "rejected-pin-sha256 = {spare2}\n")
        let outcome = try rejecting.check("b", Self.chain("path"), backend)
        #expect(outcome.reason == .backendFailure && !outcome.isAllowed)
    }

    /// An extractor that finds nothing, another key, a part of the key, or more.
    @Test func `cross-check takes the same key alone`() throws {
        let (policy, chain) = (try Self.policy(), try Self.chain("single"))
        let encoded = try ConformanceTables.chain("single")[0]
        let certificate = try Certificate(encoded.span)
        let key = [UInt8](certificate.subjectPublicKeyInfo)
        for found in [nil, [], Array(key.dropLast()), key + [0], [UInt8](repeating: 0, count: key.count)] {
            let backend = FailingBackend(afterHashes: 10, finding: found)
            let outcome = policy.check("a", chain, backend, crossChecks: true)
            #expect(outcome.reason == .extractorsDisagree && !outcome.isAllowed)
            #expect(policy.check("a", chain, backend).reason == .noMatch)
        }
        let agreeing = FailingBackend(afterHashes: 10, finding: key)
        #expect(policy.check("a", chain, agreeing, crossChecks: true).reason == .noMatch)
    }

    @Test(arguments: [Int64.min, -1, 0, 1_577_923_200, .max])
    func `no clock is too far off`(_ clock: Int64) throws {
        let policy = try Self.policy("expires = 2020-01-01\non-expiry = refuse\n")
        let outcome = try policy.check("a", Self.chain("path"), TestBackend.any, clock: clock)
        #expect(outcome.reason == (clock >= 1_577_923_200 ? .pinsExpired : .matched))
    }

    /// Certificates that are other ones each time they are looked at, as those of a caller may be whose memory
    /// another thread writes to. None of them is pinned.
    private struct ChangingCertificates: CertificateList {
        let all: TestCertificates
        let count: Int
        let numbers: Numbers

        final class Numbers {
            var state: RepeatableNumbers
            init(seed: UInt64) { state = RepeatableNumbers(seed: seed) }
        }

        @_lifetime(borrow self)
        func certificate(at depth: Int) -> Span<UInt8>? {
            all.certificate(at: Int.random(in: 0...all.count, using: &numbers.state))
        }
    }

    @Test func `certificates that change while they are checked`() throws {
        let policy = try Self.policy("key-sha256 = {spare2}\nrejected-pin-sha256 = {spare3}\n")
        let some = try ["other", "single", "pair"].flatMap { try ConformanceTables.chain($0) }
        let all = TestCertificates(some + [[], [0x30], Array(some[0].dropLast()), Array(some[0].prefix(100))])
        var reasons: Set<Reason> = []
        for seed in 1...3_000 {
            let numbers = ChangingCertificates.Numbers(seed: UInt64(seed) * 0x9e37_79b9)
            let chain = ChangingCertificates(all: all, count: 1 + seed % 4, numbers: numbers)
            let outcome = policy.check("a", chain, TestBackend.any)
            reasons.insert(outcome.reason)
            #expect(!outcome.isAllowed)
        }
        #expect(reasons == [.malformedCertificate, .notAPath, .noMatch])
    }

    @Test func `a certificate that is not there`() throws {
        struct Nothing: CertificateList {
            let count: Int
            @_lifetime(borrow self)
            func certificate(at depth: Int) -> Span<UInt8>? { nil }
        }
        let policy = try Self.policy()
        #expect(policy.check("a", Nothing(count: 1), TestBackend.any).reason == .malformedCertificate)
        #expect(policy.check("a", Nothing(count: 33), TestBackend.any).reason == .malformedCertificate)
        #expect(policy.check("a", Nothing(count: .max), TestBackend.any).reason == .malformedCertificate)
        #expect(policy.check("a", Nothing(count: -1), TestBackend.any).reason == .emptyChain)
    }
}
