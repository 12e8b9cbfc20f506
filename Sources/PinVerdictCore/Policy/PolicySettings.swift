// SPDX-License-Identifier: Apache-2.0

/// What `[policy]` says, and what is known of the rules as a whole.
public struct PolicySettings: BitwiseCopyable {
    public internal(set) var serial: UInt64 = 0
    public internal(set) var enforcement = Enforcement.enforce
    public internal(set) var refusesUnpinnedHosts = false
    /// Whether the policy is not to be loaded after its last day.
    public internal(set) var refusesWhenStale = false
    /// The last day on which the policy is up to date, in days since 1970-01-01; -1 = it does not say.
    var lastDay: Int32 = -1
    /// Whether connections are refused when the list of logs is stale, or no SCTs asked for.
    public internal(set) var refusesOnStaleLogs = false
    /// The last day on which the list of logs is up to date, in days since 1970-01-01; -1 = there is none.
    var lastLogDay: Int32 = -1
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

    /// The first second at which the policy is stale, counted from 1970-01-01 00:00:00 UTC; nil where it does not say.
    /// To be compared with a time and never subtracted: a clock may say anything.
    public var validUntil: Int64? { Rule.end(ofDay: lastDay) }

    /// The first second at which the list of logs is stale, likewise.
    public var logsValidUntil: Int64? { Rule.end(ofDay: lastLogDay) }
}
