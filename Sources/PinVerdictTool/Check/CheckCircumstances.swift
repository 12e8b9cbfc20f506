// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// What the verdict of `check` depends on beside the policy, the host and the certificates.
struct CheckCircumstances {
    let backend: BuiltInBackend
    let crossChecks: Bool
    let environment: Int?
    let installID: [UInt8]
    let clock: Moment

    func verdict(host: String, _ chain: CertificateChain, under file: PolicyFile) -> Verdict {
        let host = Array(host.utf8)
        let check = PinCheck(
            policy: file.shared, backend: backend, clock: clock, environment: environment, installID: installID.span,
            crossChecks: crossChecks, memory: NoSCTMemory())
        return check.verdict(host: host.span, ValidatedChain(validated: chain))
    }
}
