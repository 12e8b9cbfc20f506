/// How strictly a policy or a rule is meant; a policy's is a ceiling over its rules'.
public enum Enforcement: UInt8, BitwiseCopyable, Sendable {
    case off = 0
    case reportOnly = 1
    case enforce = 2
}

/// The certificates of a path that a rule's pins are looked for in.
public enum Match: UInt8, Sendable {
    case any = 0
    /// Depth 0.
    case leaf = 1
    /// Every deeper certificate.
    case ca = 2
    /// The last certificate of a path of two or more.
    case root = 3
}

/// What `[host …]` says, packed: a policy may have a million of these.
public struct Rule: BitwiseCopyable, Sendable {
    /// Of the canonical pattern without `*.`, in the policy's names.
    var nameStart: UInt32 = 0
    /// The rule's own pins, in the policy's pins.
    var firstPin: UInt32 = 0
    /// The pin sets that it names, in the policy's set references.
    var firstReference: UInt32 = 0
    /// A bit for each of the policy's environments in which the rule exists; 0 = in all of them. While the
    /// policy is being parsed: where the value stands in the text.
    var environments: UInt32 = 0
    /// The last day of its pins, in days since 1970-01-01; -1 = they do not expire.
    public internal(set) var expiryDay: Int32 = -1
    var pinCount: UInt16 = 0
    var nameLength: UInt8 = 0
    var referenceCount: UInt8 = 0
    /// Only the first so many certificates count; 0 = all.
    public internal(set) var maxDepth: UInt8 = 0
    /// Of how many installations in a hundred it is enforced.
    public internal(set) var rolloutPercent: UInt8 = 100
    /// Of what it, or a set that it names, has pins.
    var pinClasses = PinClasses()
    private var enforcementBits: UInt8 = Enforcement.enforce.rawValue
    private var flags: UInt8 = 0

    init() {}

    /// The pattern has a `*.` before its name.
    public internal(set) var isWildcard: Bool {
        get { flags & 1 != 0 }
        set { setFlag(1, newValue) }
    }
    public internal(set) var includesSubdomains: Bool {
        get { flags & 2 != 0 }
        set { setFlag(2, newValue) }
    }
    /// What pins that have expired mean: false allow, true refuse.
    public internal(set) var refusesOnExpiry: Bool {
        get { flags & 4 != 0 }
        set { setFlag(4, newValue) }
    }
    public internal(set) var allowsSinglePin: Bool {
        get { flags & 8 != 0 }
        set { setFlag(8, newValue) }
    }
    /// It, or a set that it names, rejects keys.
    var rejectsKeys: Bool {
        get { flags & 16 != 0 }
        set { setFlag(16, newValue) }
    }
    public internal(set) var match: Match {
        get { Match(rawValue: flags >> 6) ?? .any }
        set { flags = flags & 0x3f | newValue.rawValue << 6 }
    }
    public internal(set) var enforcement: Enforcement {
        get { Enforcement(rawValue: enforcementBits) ?? .enforce }
        set { enforcementBits = newValue.rawValue }
    }

    private mutating func setFlag(_ bit: UInt8, _ isOn: Bool) {
        flags = isOn ? flags | bit : flags & ~bit
    }
}

/// Where the pins of a set, or of `[policy]`, lie in the policy's pins.
public struct PinRange: BitwiseCopyable, Sendable {
    var first: UInt32 = 0
    var count: UInt16 = 0
    var rejectsKeys = false

    init() {}

    init(first: UInt32, count: UInt16) {
        self.first = first
        self.count = count
    }

    var numbers: Range<Int> { Int(first)..<(Int(first) + Int(count)) }
}

/// A declared environment's name, in the policy's names.
public struct EnvironmentName: BitwiseCopyable, Sendable {
    var start: UInt32 = 0
    var length: UInt8 = 0
}
