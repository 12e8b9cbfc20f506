import CPosix
import PinVerdict
import PolicyStore

/// What a pinverdict_checker points to.
struct CheckerState: ~Copyable {
    let settings: Settings
    let cell: PolicyCell

    /// A checker under a policy that lacks none of the settings it needs.
    init(_ policy: SharedPolicy, _ settings: Settings) throws(PolicyCell.Failure) {
        self.settings = settings
        cell = try PolicyCell(policy, environment: settings.environmentNumber(in: policy.policy))
    }

    /// Checks under the policy of the moment, and passes the answer on while that policy is held.
    @inline(__always)
    borrowing func check<List: CertificateList, Result>(
        host: Span<UInt8>, _ chain: ValidatedChain<List>, _ answer: (Verdict, borrowing Policy) -> Result
    ) -> Result {
        cell.withPolicy { shared, environment in
            let policy = shared.policy
            let checker = Checker(
                policy: policy, backend: settings.backend, clock: settings.clock, environment: environment,
                installID: settings.installID.span, crossChecks: settings.crossChecks)
            return answer(checker.verdict(host: host, chain), policy)
        }
    }
}
