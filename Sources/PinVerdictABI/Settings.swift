import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdict
import PolicyStore

/// What a config holds and a checker keeps a copy of.
struct Settings {
    var backend = BuiltInBackend.automatic
    var crossChecks = false
    /// Empty for none.
    var environment = EnvironmentText()
    /// Empty for none.
    var installID = InstallID()
    var clock = SettableClock()

    /// What a checker with these settings lacks for a policy, as a message; nil where it lacks nothing.
    @inline(never)
    func missing(for shared: borrowing SharedPolicy) -> StaticString? {
        if shared.settings.needsEnvironment {
            guard environment.count > 0 else {
                return "the policy has rules for some environments only; give the checker its environment"
            }
            guard environmentNumber(in: shared) != nil else {
                return "the checker's environment is not one that the policy declares"
            }
        }
        if shared.settings.needsInstallID, installID.count == 0 {
            return "the policy has a rollout-percent; give the checker an install id"
        }
        return nil
    }

    @inline(never)
    func environmentNumber(in shared: borrowing SharedPolicy) -> Int? {
        environment.count > 0 ? shared.policy.environment(named: environment.span) : nil
    }
}

/// The system's clock, or the caller's.
@safe
struct SettableClock: CheckClock {
    private var function: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)?
    private var argument: UnsafeMutableRawPointer?

    init() {
        unsafe function = nil
        unsafe argument = nil
    }

    @unsafe
    init(_ function: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)?, _ argument: UnsafeMutableRawPointer?) {
        unsafe self.function = function
        unsafe self.argument = argument
    }

    func now() -> Int64 {
        if let function = unsafe function { return unsafe function(argument) }
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
