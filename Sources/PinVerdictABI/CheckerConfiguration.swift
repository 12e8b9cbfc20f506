// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdict
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

    /// Throws where a policy needs a setting that is not there.
    @inline(never)
    func requireSettings(of policy: borrowing SharedPolicy) throws(CallFailure) {
        if policy.settings.needsEnvironment {
            guard environment.count > 0 else { throw .environmentRequired }
            guard environmentNumber(in: policy) != nil else { throw .undeclaredEnvironment }
        }
        if policy.settings.needsInstallID, installID.count == 0 { throw .installIDRequired }
    }

    @inline(never)
    func environmentNumber(in policy: borrowing SharedPolicy) -> Int? {
        environment.count > 0 ? policy.policy.environment(named: environment.span) : nil
    }
}
