/// How many entries each of a policy's tables has: what its memory is laid out by.
public struct PolicyCounts: BitwiseCopyable, Sendable {
    public var rules = 0
    public var sets = 0
    public var references = 0
    public var pins = 0
    /// Bytes of the rules' and environments' names.
    public var names = 0
    public var environments = 0

    public init() {}

    /// Slots of the host table: half as many again as rules, so that probes stay short.
    public var slots: Int { rules == 0 ? 0 : rules + rules / 2 + 1 }
}

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
    /// Keys that no path may contain, for every host.
    var rejectedKeys = PinRange()
    /// How many environments the policy declares, at most 32.
    var environmentCount = 0

    public init() {}
}

/// A parsed policy: flat tables in memory that somebody else owns. Made by ``PolicyParser``.
public struct Policy: ~Copyable, ~Escapable {
    public let settings: PolicySettings
    public let hosts: HostTable
    let pins: PinTable
    let environments: Span<EnvironmentName>

    @_lifetime(copy hosts, copy pins, copy environments)
    public init(settings: PolicySettings, hosts: HostTable, pins: PinTable, environments: Span<EnvironmentName>) {
        self.settings = settings
        self.hosts = hosts
        self.pins = pins
        self.environments = environments
    }

    /// The number of a declared environment; nil for a name that the policy does not declare.
    public func environment(named name: Span<UInt8>) -> Int? {
        for number in 0..<settings.environmentCount where isEqual(environmentName(number), name) { return number }
        return nil
    }

    /// The name of a declared environment.
    @_lifetime(copy self)
    public func environmentName(_ number: Int) -> Span<UInt8> {
        let start = Int(environments[number].start)
        return hosts.names.extracting(start..<(start + Int(environments[number].length)))
    }
}

/// The rules, by their host patterns.
extension Policy {
    public var rules: Span<Rule> {
        @_lifetime(copy self)
        get { hosts.rules }
    }

    /// A rule's name without `*.`.
    @_lifetime(copy self)
    public func name(of rule: Rule) -> Span<UInt8> { hosts.name(of: rule) }

    /// A rule's host pattern in canonical form, such as `*.example.com`.
    public func pattern(of rule: Rule) -> ASCIIText<256> { hosts.pattern(of: rule) }

    /// The number of the rule that decides for a host; see ``HostTable``.
    public func rule(for host: borrowing HostName, environment: Int?) -> Int? {
        hosts.rule(for: host, environment: environment)
    }

    /// The number of the rule with exactly this pattern.
    public func find(_ name: Span<UInt8>, isWildcard: Bool) -> Int? { hosts.find(name, isWildcard: isWildcard) }

    /// Whether a rule exists in an environment.
    public func exists(_ rule: Rule, in environment: Int?) -> Bool { HostTable.exists(rule, in: environment) }
}
