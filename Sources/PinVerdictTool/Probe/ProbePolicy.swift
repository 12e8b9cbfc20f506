// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// A policy that connections are checked under, and the circumstances that its verdicts depend on. Threads share it: it
/// does not change.
struct ProbePolicy: @unchecked Sendable {
    let file: PolicyFile
    let circumstances: CheckCircumstances
    private let environment: String?
    private let installID: String?

    /// - Parameter number: The one that the policy gives to the environment.
    init(_ file: PolicyFile, environment: String?, number: Int?, installID: String?, now: Moment) {
        self.file = file
        self.environment = environment
        self.installID = installID
        circumstances = CheckCircumstances(
            backend: .automatic, crossChecks: false, environment: number, installID: Array((installID ?? "").utf8),
            clock: now)
    }

    #if OpenSSL
        func checker() throws(Failure) -> ProbeChecker {
            if file.shared.settings.needsInstallID, installID == nil {
                throw Failure("\(file.file.name) has a rollout-percent; give --install-id")
            }
            return try ProbeChecker(file.file.bytes, environment: environment, installID: installID)
        }
    #endif

    /// The number of the rule that decides for a host.
    func rule(for host: String) -> Int? {
        let bytes = Array(host.utf8)
        guard let name = HostName(bytes.span) else { return nil }
        return file.shared.policy.rule(for: name, environment: circumstances.environment)
    }
}
