// SPDX-License-Identifier: Apache-2.0

/// What `[policy]` says, and what is known of the rules as a whole.
public struct PolicySettings: BitwiseCopyable {
    public internal(set) var serial: UInt64 = 0
    public internal(set) var enforcement = Enforcement.enforce
    public internal(set) var refusesUnpinnedHosts = false
    /// Some rule exists in some environments only.
    public internal(set) var needsEnvironment = false
    /// Some rule is rolled out to some installations only.
    public internal(set) var needsInstallID = false
    public internal(set) var hasWildcards = false
    public internal(set) var hasSubdomainRules = false
    /// There are keys that no path may contain, to whichever host.
    public internal(set) var rejectsKeys = false
    public internal(set) var hostSeed = HostSeed(0, 0)
    /// How many environments the policy declares.
    var environmentCount = 0

    /// The most environments that a policy may declare: a rule has a bit for each.
    static var maximumEnvironments: Int { UInt32.bitWidth }

    public init() {}
}
