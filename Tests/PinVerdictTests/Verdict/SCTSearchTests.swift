// SPDX-License-Identifier: Apache-2.0

import Foundation
import PolicyStore
import Synchronization
import Testing

@testable import PinVerdictCore

@Suite struct SCTSearchTests {
    /// Remembers, and counts what it was asked for.
    final class Memory: SCTMemory {
        private let good = Mutex<[[UInt8]: UInt16]>([:])

        private static func octets(_ key: Digest) -> [UInt8] { (0..<Digest.size).map { key[$0] } }

        var count: Int { good.withLock { $0.count } }

        func goodSCTs(_ key: Digest) -> UInt16? { good.withLock { $0[Self.octets(key)] } }
        func remember(_ scts: UInt16, under key: Digest) { good.withLock { $0[Self.octets(key)] = scts } }
    }

    /// A backend that counts the signatures that it is asked about, of which it fails at some first ones.
    final class Counting: TLSBackend {
        let backend: TestBackend
        let failures: Int
        let signatures = Atomic<Int>(0)

        init(_ backend: TestBackend, failures: Int = 0) {
            self.backend = backend
            self.failures = failures
        }

        func sha256(_ bytes: Span<UInt8>) -> Digest? { backend.sha256(bytes) }
        func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? {
            backend.sha256(ofPieces: body)
        }
        func isKey(_ info: Span<UInt8>) -> Bool? { backend.isKey(info) }
        func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool {
            signatures.wrappingAdd(1, ordering: .relaxed).newValue > failures
                && backend.isSignature(signature, ofDigest: digest, byKey: info)
        }
        func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? { nil }
        func withSubjectPublicKeyInfo<Result>(of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
            nil
        }
    }

    static let time: Int64 = 1_782_864_000  // 2026-07-01

    static func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Conformance/scts")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static func rows(_ name: String) throws -> [[String]] {
        String(decoding: try file(name), as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    struct Log: Sendable {
        let name: String
        let key: String
        let owner: String
        var retired = ""

        var section: String { "[ct-log \(name)]\nkey = \(key)\noperator = \(owner)\n\(retired)" }
    }

    /// The synthetic logs that a list could have: P-256, and no private key published.
    static func syntheticLogs() throws -> [Log] {
        try rows("synthetic/logs.tsv").filter { $0[4] != "unlisted" && !["RSA", "P384"].contains($0[0]) }.map {
            Log(
                name: $0[0], key: $0[2], owner: $0[3],
                retired: $0[4] == "retired" ? "retired = \($0[5])T00:00:00Z\n" : "")
        }
    }

    static func realLogs() throws -> [Log] {
        try rows("logs.tsv").enumerated().filter { $0.element[1].count == 124 }.map {
            Log(name: "log\($0.offset)", key: $0.element[1], owner: $0.element[2])
        }
    }

    static func policy(
        _ logs: [Log], _ required: Int, pinning issuers: [[UInt8]], onStale: String = "refuse", more: String = ""
    ) throws -> TestPolicy {
        let pins = try Set(
            issuers.map { issuer in
                let digest = TestBackend.any.sha256(try Certificate(issuer.span).subjectPublicKeyInfo)!
                return "pin-sha256 = \(Data((0..<Digest.size).map { digest[$0] }).base64EncodedString())\n"
            })
        return try TestPolicy(
            "[policy]\nserial = 1\n[ct-logs]\nas-of = 2026-06-20\nmax-age = 70\non-stale = \(onStale)\n"
                + logs.map(\.section).joined()
                + "[host a]\nallow-single-pin = yes\nrequire-scts = \(required)\n\(more)" + pins.sorted().joined())
    }

    static func verdict<Backend: TLSBackend>(
        _ policy: TestPolicy, _ chain: [[UInt8]], _ backend: Backend, at time: Int64 = time, _ memory: Memory = Memory()
    ) -> Verdict {
        let (host, id) = ("a".bytes, [UInt8]())
        let check = PinCheck(
            policy: policy.shared, backend: backend, clock: FixedClock(time: time), environment: nil,
            installID: id.span, crossChecks: false, memory: memory)
        return check.verdict(host: host.span, ValidatedChain(validated: TestCertificates(chain)))
    }

    @Test(arguments: TestBackend.allCases) func `each way in which a list can be right or wrong`(
        _ backend: TestBackend
    ) throws {
        let (logs, authority) = (try Self.syntheticLogs(), try Self.file("synthetic/ca.der"))
        let one = try Self.policy(logs, 1, pinning: [authority])
        let two = try Self.policy(logs, 2, pinning: [authority])
        let memory = Memory()
        for row in try Self.rows("synthetic/manifest.tsv") {
            let counted = logs.filter { row[1].split(separator: ",").map(String.init).contains($0.name) }
            let operators = Set(counted.map(\.owner)).count
            let isInService = counted.contains { $0.retired.isEmpty }
            let chain = [try Self.file("synthetic/\(row[0]).der"), authority]
            for _ in 1...2 {
                let verdict = Self.verdict(one, chain, backend, memory)
                #expect(verdict.scts == counted.count && verdict.sctOperators == operators, "\(row[0])")
                #expect(verdict.isAllowed == isInService, "\(row[0])")
                #expect(verdict.reason == (isInService ? .matched : .tooFewSCTs), "\(row[0])")
            }
            let allowed = counted.count > 1 && operators > 1 && isInService
            #expect(Self.verdict(two, chain, backend, memory).isAllowed == allowed, "\(row[0]), two")
        }
    }

    @Test(arguments: TestBackend.allCases) func `real certificates`(_ backend: TestBackend) throws {
        let logs = try Self.realLogs()
        let rows = try Self.rows("manifest.tsv")
        let policy = try Self.policy(logs, 1, pinning: try rows.map { try Self.file($0[1]) })
        var total = 0
        for row in rows {
            let chain = [try Self.file(row[0]), try Self.file(row[1])]
            let verdict = Self.verdict(policy, chain, backend)
            #expect(Int(verdict.scts) == row[4].split(separator: ",").filter { $0 == "valid" }.count, "\(row[0])")
            total += Int(verdict.scts)
        }
        #expect(total == 49)
    }

    @Test(arguments: TestBackend.allCases) func `a chain seen before costs no signature`(
        _ backend: TestBackend
    ) throws {
        let (logs, authority) = (try Self.syntheticLogs(), try Self.file("synthetic/ca.der"))
        let policy = try Self.policy(logs, 2, pinning: [authority])
        let counting = Counting(backend)
        let memory = Memory()
        for name in ["two-good", "two-good", "bad-signature", "bad-signature", "many", "many"] {
            _ = Self.verdict(policy, [try Self.file("synthetic/\(name).der"), authority], counting, memory)
        }
        #expect(counting.signatures.load(ordering: .relaxed) == 2 + 2 * 2 + Limits.scts)
        #expect(memory.count == 2)
        // Other logs, other facts: what was not looked at then is looked at now.
        let fewer = try Self.policy(logs.filter { $0.name != "A" }, 1, pinning: [authority])
        let verdict = Self.verdict(fewer, [try Self.file("synthetic/two-good.der"), authority], counting, memory)
        #expect(verdict.scts == 1 && verdict.isAllowed && memory.count == 3)
    }

    @Test(arguments: TestBackend.allCases) func `what the library could not do once is not remembered`(
        _ backend: TestBackend
    ) throws {
        let (logs, authority) = (try Self.syntheticLogs(), try Self.file("synthetic/ca.der"))
        let policy = try Self.policy(logs, 2, pinning: [authority])
        let failing = Counting(backend, failures: 1)
        let memory = Memory()
        let chain = [try Self.file("synthetic/two-good.der"), authority]
        let reasons = (1...3).map { _ in Self.verdict(policy, chain, failing, memory).reason }
        #expect(reasons == [.tooFewSCTs, .matched, .matched] && memory.count == 1)
    }

    @Test func `what is wrong with the path, the time or the list of logs`() throws {
        let (logs, authority) = (try Self.syntheticLogs(), try Self.file("synthetic/ca.der"))
        let leaf = try Self.file("synthetic/two-good.der")
        let policy = try Self.policy(logs, 2, pinning: [authority, leaf])
        let backend = TestBackend.any
        #expect(Self.verdict(policy, [leaf, authority], backend).reason == .matched)
        // Nobody has issued it; or the issuer has another key.
        let alone = Self.verdict(policy, [leaf], backend)
        #expect(alone.reason == .tooFewSCTs && alone.scts == 0 && !alone.isAllowed)
        #expect(Self.verdict(policy, [authority, authority], backend).reason == .tooFewSCTs)
        // Of the last second of the list, and of the first one after it.
        let end: Int64 = 1_788_048_000  // 2026-08-30
        #expect(Self.verdict(policy, [leaf, authority], backend, at: end - 1).reason == .matched)
        for time in [end, .max] {
            let stale = Self.verdict(policy, [leaf, authority], backend, at: time)
            #expect(stale.reason == .logsStale && stale.hasStaleLogs && stale.scts == -1 && !stale.isAllowed)
        }
        for time in [0, -1, .min] as [Int64] {
            #expect(Self.verdict(policy, [leaf, authority], backend, at: time).reason == .tooFewSCTs)
        }
        let lenient = try Self.policy(logs, 2, pinning: [authority], onStale: "allow")
        let bare = try Self.file("synthetic/no-list.der")
        let unasked = Self.verdict(lenient, [bare, authority], backend, at: end)
        #expect(unasked.reason == .matched && unasked.hasStaleLogs && unasked.scts == -1)
        // As no-match is.
        let softened = try Self.policy(logs, 2, pinning: [authority], more: "enforcement = report-only\n")
        let told = Self.verdict(softened, [bare, authority], backend)
        #expect(told.isAllowed && !told.isEnforced && told.reason == .tooFewSCTs && told.scts == 0)
    }

    /// Every byte of a certificate with SCTs wrong in its turn: never more count, and nothing ends the process.
    @Test func `damaged certificates`() throws {
        let (logs, authority) = (try Self.syntheticLogs(), try Self.file("synthetic/ca.der"))
        let policy = try Self.policy(logs, 2, pinning: [authority])
        for name in ["two-good", "with-leaf-index-first", "list-at-0"] {
            let leaf = try Self.file("synthetic/\(name).der")
            for index in leaf.indices {
                for value in [leaf[index] ^ 0x80, leaf[index] &+ 1, 0, 0xff] where value != leaf[index] {
                    var damaged = leaf
                    damaged[index] = value
                    let verdict = Self.verdict(policy, [damaged, authority], TestBackend.any)
                    #expect(verdict.scts <= 2)
                    // Behind the TBSCertificate alone is what no log has signed.
                    #expect(!verdict.isAllowed || index < 4 || index >= leaf.count - 90, "\(name) at \(index)")
                }
            }
        }
    }
}
