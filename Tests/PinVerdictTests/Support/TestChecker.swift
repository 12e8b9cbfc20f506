// SPDX-License-Identifier: Apache-2.0

@testable import PinVerdictCore

/// Certificates one after the other in one array, so that each can be borrowed.
struct TestCertificates: CertificateList {
    private let bytes: [UInt8]
    private let ends: [Int]

    init(_ certificates: [[UInt8]]) {
        bytes = certificates.flatMap { $0 }
        var end = 0
        ends = certificates.map { certificate in
            end += certificate.count
            return end
        }
    }

    var count: Int { ends.count }

    @_lifetime(borrow self)
    func certificate(at depth: Int) -> Span<UInt8>? {
        guard ends.indices.contains(depth) else { return nil }
        return bytes.span.extracting((depth == 0 ? 0 : ends[depth - 1])..<ends[depth])
    }
}

struct FixedClock: CheckClock {
    var time: Int64
    func now() -> Int64 { time }
}

/// A verdict that outlives its policy.
struct Outcome: Equatable {
    var isAllowed: Bool
    var reason: Reason
    var isEnforced: Bool
    var isBackup: Bool
    var depth: Int?
    var failedDepth: Int?
    var kind: PinKind?
    var digest: Digest?
    var serial: UInt64
    var rule: String?

    init(_ verdict: Verdict, _ policy: borrowing Policy) {
        isAllowed = verdict.isAllowed
        reason = verdict.reason
        isEnforced = verdict.isEnforced
        isBackup = verdict.isBackup
        depth = verdict.match?.depth
        failedDepth = verdict.failedDepth
        kind = verdict.match?.kind
        digest = verdict.match?.digest
        serial = verdict.serial
        rule = verdict.rule.map { String(policy.pattern(of: policy.rules[$0]).span) }
    }
}

/// A host as a caller may spell it: not every one is a string.
protocol HostSpelling {
    var bytes: [UInt8] { get }
}

extension String: HostSpelling {}

extension [UInt8]: HostSpelling {
    var bytes: [UInt8] { self }
}

extension TestPolicy {
    /// The verdict on a path, under settings.
    func check<Backend: TLSBackend, List: CertificateList>(
        _ host: some HostSpelling, _ chain: List, _ backend: Backend, environment: String? = nil,
        installID: String = "",
        clock: Int64 = 1_790_000_000, crossChecks: Bool = false
    ) -> Outcome {
        let (spelling, id, name) = (host.bytes, installID.bytes, (environment ?? "").bytes)
        let check = PinCheck(
            policy: shared, backend: backend, clock: FixedClock(time: clock),
            environment: environment == nil ? nil : shared.policy.environment(named: name.span),
            installID: id.span, crossChecks: crossChecks, memory: NoSCTMemory())
        return Outcome(check.verdict(host: spelling.span, ValidatedChain(validated: chain)), shared.policy)
    }
}
