// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore
import PolicyStore

/// What a config holds and a checker keeps a copy of.
struct CheckerConfiguration {
    var backend = BuiltInBackend.automatic
    var crossChecks = false
    /// Empty for none.
    var environment = EnvironmentText()
    /// Empty for none.
    var installID = InstallID()
    var clock = SettableClock()
    var events = EventSettings.none
    /// None where policies need no signature.
    var keys = SigningKeys()
    var minimumSerial: UInt64 = 0

    /// Throws where a policy is not to be taken.
    @inline(never)
    func require(_ policy: borrowing SharedPolicy) throws(CallFailure) {
        try requireOrigin(of: policy)
        try requireSettings(of: policy)
    }

    /// Throws where a policy is not from where it has to be, or too old.
    @inline(never)
    func requireOrigin(of policy: borrowing SharedPolicy) throws(CallFailure) {
        if keys.count > 0 {
            guard let signer = policy.signer else { throw .unsignedPolicy }
            guard keys.contains(signer) else { throw .unknownKey }
        }
        guard policy.settings.serial >= minimumSerial else { throw .serialBelowMinimum }
        if policy.settings.refusesWhenStale, let end = policy.settings.validUntil, clock.now() >= end {
            throw .stalePolicy
        }
    }

    /// Throws where a policy needs a setting that is not there.
    private func requireSettings(of policy: borrowing SharedPolicy) throws(CallFailure) {
        if policy.settings.needsEnvironment {
            guard environment.count > 0 else { throw .environmentRequired }
            guard environmentNumber(in: policy) != nil else { throw .undeclaredEnvironment }
        }
        if policy.settings.needsInstallID, installID.count == 0 { throw .installIDRequired }
        let logs = policy.logs
        for number in 0..<logs.count {
            guard let isKey = logs[number].key.withSpan({ backend.isKey($0) }) else { throw .outOfMemory }
            guard isKey else { throw .invalidLogKey }
        }
    }

    @inline(never)
    func environmentNumber(in policy: borrowing SharedPolicy) -> Int? {
        environment.count > 0 ? policy.policy.environment(named: environment.span) : nil
    }
}
