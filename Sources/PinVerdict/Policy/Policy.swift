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
    var hasWildcards = false
    var hasSubdomainRules = false
    /// Keys that no path may contain, for every host.
    var rejectedKeys = PinRange()
    /// How many environments the policy declares, at most 32.
    var environmentCount = 0

    public init() {}
}

/// A parsed policy: flat tables in memory that somebody else owns. Made by ``PolicyParser``.
public struct Policy: ~Escapable {
    public let settings: PolicySettings
    public let rules: Span<Rule>
    let names: Span<UInt8>
    /// The host table: for each slot a rule's number plus one, or 0.
    let slots: Span<UInt32>
    let digests: Span<Digest>
    /// Beside each digest.
    let traits: Span<PinTraits>
    let sets: Span<PinRange>
    let references: Span<UInt32>
    let environments: Span<EnvironmentName>

    @_lifetime(
        copy rules, copy names, copy slots, copy digests, copy traits, copy sets, copy references, copy environments)
    public init(
        settings: PolicySettings, rules: Span<Rule>, names: Span<UInt8>, slots: Span<UInt32>,
        digests: Span<Digest>, traits: Span<PinTraits>, sets: Span<PinRange>, references: Span<UInt32>,
        environments: Span<EnvironmentName>
    ) {
        self.settings = settings
        self.rules = rules
        self.names = names
        self.slots = slots
        self.digests = digests
        self.traits = traits
        self.sets = sets
        self.references = references
        self.environments = environments
    }

    /// A rule's name without `*.`.
    @_lifetime(copy self)
    public func name(of rule: Rule) -> Span<UInt8> {
        let start = Int(rule.nameStart)
        return names.extracting(start..<(start + Int(rule.nameLength)))
    }

    /// A rule's host pattern in canonical form, such as `*.example.com`.
    public func pattern(of rule: Rule) -> ASCIIText<256> {
        var text = ASCIIText<256>()
        if rule.isWildcard { text.append("*.") }
        text.append(name(of: rule))
        return text
    }

    /// The number of a declared environment; nil for a name that the policy does not declare.
    public func environment(named name: Span<UInt8>) -> Int? {
        for number in 0..<settings.environmentCount {
            let declared = environments[number]
            let start = Int(declared.start)
            if isEqual(names.extracting(start..<(start + Int(declared.length))), name) { return number }
        }
        return nil
    }

    /// The ranges of pins that a rule consists of: its own, then one for each set that it names.
    func pinRange(_ number: Int, of rule: Rule) -> PinRange {
        if number == 0 {
            var own = PinRange()
            own.first = rule.firstPin
            own.count = rule.pinCount
            return own
        }
        return sets[Int(references[Int(rule.firstReference) + number - 1])]
    }

    func pinRangeCount(of rule: Rule) -> Int { 1 + Int(rule.referenceCount) }
}
