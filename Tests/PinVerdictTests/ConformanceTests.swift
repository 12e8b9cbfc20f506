// SPDX-License-Identifier: Apache-2.0

import PolicyStore
import Testing

@testable import PinVerdictCore

/// The table of `Tests/Conformance`, which `Tests/ABI/conformance.c` asks of the shared object.
@Suite struct ConformanceTests {
    @Test(arguments: try ConformanceTables.verdicts())
    func `verdicts`(_ row: VerdictRow) throws {
        let policy = try TestPolicy(ConformanceTables.policy(row.policy))
        let chain = TestCertificates(try ConformanceTables.chain(row.chain))
        for backend in TestBackend.allCases
        where row.settings.backend == nil || row.settings.backend == backend.testDescription {
            let outcome = policy.check(
                row.host, chain, backend, environment: row.settings.environment, installID: row.settings.installID,
                clock: row.settings.clock, crossChecks: row.settings.crossChecks)
            #expect(outcome.reason.name.description == row.reason, "\(row.place) with \(backend)")
            #expect(outcome.isAllowed == row.isAllowed, "\(row.place) with \(backend)")
            #expect(outcome.isEnforced == row.flags.contains("enforced"), "\(row.place) with \(backend)")
            #expect(outcome.isBackup == row.flags.contains("backup"), "\(row.place) with \(backend)")
            #expect(outcome.rule == row.rule, "\(row.place) with \(backend)")
            #expect(outcome.depth == row.depth, "\(row.place) with \(backend)")
            #expect(outcome.failedDepth == row.failedDepth, "\(row.place) with \(backend)")
            #expect(outcome.kind == row.pin.map(kind), "\(row.place) with \(backend)")
            #expect(try outcome.digest == row.pin.map(ConformanceTables.pin), "\(row.place) with \(backend)")
            let isAsked = row.reason != "empty-chain" && row.reason != "malformed-hostname"
            #expect(outcome.serial == (isAsked ? policy.shared.settings.serial : 0), "\(row.place) with \(backend)")
        }
    }

    private func kind(of pin: String) -> PinKind {
        pin.hasSuffix(".key") ? .key : pin.hasSuffix(".certificate") ? .certificate : .spki
    }

    @Test(arguments: try ConformanceTables.demands())
    func `demands`(_ row: DemandRow) throws {
        let policy = try TestPolicy(ConformanceTables.policy(row.policy))
        #expect(policy.demandedPins(row.host, environment: row.settings.environment) == row.pins, "\(row.place)")
    }

    @Test(arguments: try ConformanceTables.mistakes())
    func `mistakes`(_ mistake: MistakeBlock) {
        let problem = TestPolicy.problem(in: mistake.text)
        let message = problem?.message ?? "no problem"
        #expect(problem?.line == mistake.line, "\(mistake.place): \(message)")
        #expect(message.contains(mistake.messagePart), "\(mistake.place)")
    }

    @Test(arguments: try ConformanceTables.replacements())
    func `replacements`(_ row: ReplacementRow) throws {
        let offered = try TestPolicy(ConformanceTables.policy(row.offered))
        guard !lacksSetting(offered, row.settings) else {
            #expect(row.status == "setting-required", "\(row.place)")
            return
        }
        guard let inForce = try row.inForce.map({ try TestPolicy(ConformanceTables.policy($0)) }) else {
            #expect(row.status == "ok", "\(row.place)")
            return
        }
        let cell = try PolicyCell(inForce.shared, environment: nil)
        var status = "ok"
        do throws(PolicyCell.Failure) {
            try cell.set(offered.shared, environment: nil)
        } catch {
            status = error == .outdated ? "outdated-policy" : "out-of-memory"
        }
        #expect(status == row.status, "\(row.place)")
        let serial = (status == "ok" ? offered : inForce).shared.settings.serial
        #expect(cell.withPolicy { policy, _ in policy.settings.serial } == serial, "\(row.place)")
    }

    /// What the C boundary asks of a policy's settings.
    private func lacksSetting(_ offered: TestPolicy, _ settings: RowSettings) -> Bool {
        let policy = offered.shared.policy
        let name = (settings.environment ?? "").bytes
        return policy.settings.needsEnvironment && policy.environment(named: name.span) == nil
            || policy.settings.needsInstallID && settings.installID.isEmpty
    }

    /// Nobody forgot the table: it has rows for every reason that it can bring about.
    @Test func `every reason has rows`() throws {
        let reasons = Set(try ConformanceTables.verdicts().map(\.reason))
        for reason in [
            Reason.matched, .notPinned, .enforcementOff, .pinsExpired, .noMatch, .rejectedKey, .notAPath,
            .malformedCertificate, .malformedHostName, .emptyChain, .extractorsDisagree, .tooFewSCTs, .logsStale,
        ] {
            #expect(reasons.contains(reason.name.description))
        }
    }
}
