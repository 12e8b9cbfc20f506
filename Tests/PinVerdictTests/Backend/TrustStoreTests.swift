// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

/// Presented chains, over a store that says what it is told to. What real stores say is tested through the C
/// functions.
@Suite struct TrustStoreTests {
    private struct Store: TrustStore {
        let answer: Result<[[UInt8]], Refusal>

        func withPath<List: CertificateList, Answer>(
            of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
            _ body: (ValidatedChain<TestCertificates>) -> Answer
        ) throws(Refusal) -> Answer {
            body(ValidatedChain(validated: TestCertificates(try answer.get())))
        }

        func words(for finding: UInt32) -> FindingText { FindingText() }

        func free() {}
    }

    /// A connection that a library accepts without giving its path.
    private struct PathlessConnection: PathSource {
        func withPath<Answer>(
            to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<TestCertificates>?) -> Answer
        ) throws(Refusal) -> Answer {
            body(nil)
        }

        func words(for finding: UInt32) -> FindingText { FindingText() }

        var isResumed: Bool { false }
    }

    private static let pins = "pin-sha256 = {leaf.spki}\nbackup-pin-sha256 = {spare1}\n"

    private func check(
        _ settings: String, _ host: String, _ presented: String, _ answer: Result<String, Refusal>
    ) throws -> Outcome {
        let path: Result<[[UInt8]], Refusal> =
            switch answer {
            case .success(let name): .success(try ConformanceTables.chain(name))
            case .failure(let reason): .failure(reason)
            }
        let chain = PresentedChain(presented: TestCertificates(try ConformanceTables.chain(presented)))
        return try check(settings, "", host, PresentedPath(chain, Store(answer: path)))
    }

    private func check<Source: PathSource>(
        _ settings: String, _ rule: String, _ host: String, _ source: Source
    ) throws -> Outcome {
        let text = "[policy]\nserial = 7\n\(settings)\n[host a]\n\(Self.pins)\(rule)\n"
        let parsed = try TestPolicy(ConformanceTables.expand(text))
        let (spelling, id) = (host.bytes, "x".bytes)
        let check = PinCheck(
            policy: parsed.shared, backend: TestBackend.any, clock: FixedClock(time: 1_790_000_000), environment: nil,
            installID: id.span, crossChecks: false, memory: NoSCTMemory())
        let verdict: Verdict
        do throws(Refusal) {
            verdict = try source.withPath(toHost: spelling.span, at: 0) { check.verdict(host: $0, $1) }
        } catch {
            verdict = Verdict(refusing: error)
        }
        return Outcome(verdict, parsed.shared.policy)
    }

    /// What was presented, what it was validated to, and what comes of it. The path alone counts, and the validation
    /// comes before everything that the policy says.
    @Test(
        arguments: [
            ("", "a", "path", .success("path"), "matched", true),
            ("", "a", "other", .success("path"), "matched", true),
            ("", "a", "path", .success("other"), "no-match", false),
            ("", "a", "pinned-appended", .success("other"), "no-match", false),
            ("", "a", "pinned-prepended", .success("other"), "no-match", false),
            ("", "b", "path", .success("path"), "not-pinned", true),
            // A readable leaf first; then the validation; then the policy.
            ("", "a", "malformed-0", .failure(.untrustedChain), "malformed-certificate", false),
            ("", "a", "malformed-2", .failure(.untrustedChain), "untrusted-chain", false),
            ("", "a", "malformed-2", .success("path"), "matched", true),
            ("", "a", "long-33", .failure(.untrustedChain), "malformed-certificate", false),
            ("", "a", "path", .failure(.untrustedChain), "untrusted-chain", false),
            ("", "a", "path", .failure(.hostNameMismatch), "hostname-mismatch", false),
            ("", "a", "path", .failure(.certificateExpired), "certificate-expired", false),
            ("", "a", "path", .failure(.backendFailure), "backend-failure", false),
            ("", "b", "path", .failure(.untrustedChain), "untrusted-chain", false),
            ("", "a", "path", .success("empty"), "no-validated-path", false),
            ("", "a", "empty", .success("path"), "empty-chain", false),
            ("", "a..b", "path", .success("path"), "malformed-hostname", false),
            ("", "a..b", "malformed-0", .failure(.untrustedChain), "malformed-hostname", false),
            // No ceiling softens these.
            ("enforcement = off", "a", "path", .success("other"), "enforcement-off", true),
            ("enforcement = off", "a", "path", .failure(.untrustedChain), "untrusted-chain", false),
            ("enforcement = off", "a", "malformed-0", .success("path"), "malformed-certificate", false),
            ("enforcement = off", "a", "malformed-1", .success("other"), "enforcement-off", true),
            ("enforcement = off", "a..b", "path", .success("path"), "malformed-hostname", false),
            ("enforcement = off", "a", "path", .success("empty"), "no-validated-path", false),
            ("enforcement = report-only", "a", "path", .success("other"), "no-match", true),
            ("enforcement = report-only", "a", "path", .failure(.hostNameMismatch), "hostname-mismatch", false),
            ("enforcement = report-only", "a", "path", .failure(.certificateExpired), "certificate-expired", false),
            ("enforcement = report-only", "a", "malformed-0", .success("path"), "malformed-certificate", false),
            ("unpinned-hosts = refuse", "b", "path", .success("path"), "not-pinned", false),
        ] as [(String, String, String, Result<String, Refusal>, String, Bool)])
    func `a presented chain`(
        _ settings: String, _ host: String, _ presented: String, _ answer: Result<String, Refusal>, _ reason: String,
        _ isAllowed: Bool
    ) throws {
        let outcome = try check(settings, host, presented, answer)
        #expect(outcome.reason.name.description == reason)
        #expect(outcome.isAllowed == isAllowed)
    }

    /// Where a library accepts a connection and its path cannot be had: allowed where no path is needed, refused where
    /// one is, and softened as a pin that is missing.
    @Test(
        arguments: [
            ("", "", "a", "no-validated-path", false), ("", "", "b", "not-pinned", true),
            ("", "enforcement = off", "a", "enforcement-off", true),
            ("", "enforcement = report-only", "a", "no-validated-path", true),
            ("", "rollout-percent = 0", "a", "no-validated-path", true),
            ("", "expires = 2020-01-01\non-expiry = allow", "a", "no-validated-path", false),
            ("enforcement = off", "", "a", "enforcement-off", true),
            ("enforcement = off", "", "b", "enforcement-off", true),
            ("enforcement = off\nrejected-pin-sha256 = {spare2}", "", "b", "enforcement-off", true),
            ("enforcement = report-only", "", "a", "no-validated-path", true),
            ("rejected-pin-sha256 = {spare2}", "", "b", "no-validated-path", false),
            ("rejected-pin-sha256 = {spare2}", "enforcement = off", "a", "no-validated-path", false),
            ("rejected-pin-sha256 = {spare2}", "enforcement = report-only", "a", "no-validated-path", false),
            ("enforcement = report-only\nrejected-pin-sha256 = {spare2}", "", "b", "no-validated-path", true),
            ("unpinned-hosts = refuse", "", "b", "not-pinned", false),
            ("enforcement = off", "", "a..b", "malformed-hostname", false),
        ] as [(String, String, String, String, Bool)])
    func `a connection without a path`(
        _ settings: String, _ rule: String, _ host: String, _ reason: String, _ isAllowed: Bool
    ) throws {
        let outcome = try check(settings, rule, host, PathlessConnection())
        #expect(outcome.reason.name.description == reason)
        #expect(outcome.isAllowed == isAllowed)
        #expect(outcome.reason != .noValidatedPath || outcome.isEnforced != isAllowed)
    }

    /// What a store is asked to validate: all but what cannot be read.
    @Test(
        arguments: [
            ("path", []), ("malformed-1", [1]), ("malformed-2", [2]), ("malformed-3", [3]),
            ("broken-malformed", [2]), ("leaf-31", []),
        ] as [(String, Set<Int>)])
    func `what cannot be read is left out`(_ chain: String, _ unreadable: Set<Int>) throws {
        var presented = PresentedChain(presented: TestCertificates(try ConformanceTables.chain(chain)))
        #expect(!presented.isLeftOut(at: 1))
        try presented.leaveOutUnreadable()
        for depth in -1...33 { #expect(presented.isLeftOut(at: depth) == unreadable.contains(depth)) }
    }

    /// Of what a library finds wrong the first of the design's order is told, whichever it finds first, and of one
    /// reason the first certificate.
    @Test(
        arguments: [
            [.untrustedChain], [.hostNameMismatch], [.certificateExpired],
            [.untrustedChain, .hostNameMismatch], [.untrustedChain, .certificateExpired],
            [.hostNameMismatch, .certificateExpired], [.untrustedChain, .hostNameMismatch, .certificateExpired],
        ] as [[Reason]])
    func `findings`(_ reasons: [Reason]) throws {
        for found in [reasons, reasons.reversed(), reasons + reasons] {
            var findings = ValidationFindings()
            for (depth, reason) in found.enumerated() { findings.add(Refusal(reason, at: depth, finding: 7)) }
            do throws(Refusal) {
                try findings.requireNone()
                Issue.record("nothing was found")
            } catch {
                #expect(error == reasons[0] && error.depth == found.firstIndex(of: reasons[0]) && error.finding == 7)
            }
        }
        try ValidationFindings().requireNone()
    }
}
