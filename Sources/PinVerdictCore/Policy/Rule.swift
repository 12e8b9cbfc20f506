// SPDX-License-Identifier: Apache-2.0

/// What `[host …]` says, packed: a policy may have a million of these.
public struct Rule: BitwiseCopyable, Sendable {
    /// Where the canonical pattern, without `*.`, begins in the policy's names.
    var nameStart: UInt32 = 0
    /// Where the rule's own pins begin in the policy's pins.
    var firstPin: UInt32 = 0
    /// Where the references to its pin sets begin in the policy's references.
    var firstReference: UInt32 = 0
    /// A bit for each of the policy's environments in which the rule exists; 0 = in all of them.
    var environments: UInt32 = 0
    /// The last day of its pins, in days since 1970-01-01; -1 = they do not expire.
    public internal(set) var expiryDay: Int32 = -1
    var pinCount: UInt16 = 0
    var nameLength: UInt8 = 0
    var referenceCount: UInt8 = 0
    /// How many certificates count, from the leaf on; 0 = all.
    public internal(set) var maxDepth: UInt8 = 0
    /// The percentage of installations that it is enforced for.
    public internal(set) var rolloutPercent: UInt8 = 100
    /// The classes of the pins of the rule and of the sets that it names.
    var pinMask = PinMask()
    public internal(set) var enforcement = Enforcement.enforce
    public internal(set) var match = Match.any
    private var flags: Flags = []

    private struct Flags: OptionSet, BitwiseCopyable, Sendable {
        let rawValue: UInt8
        static var wildcard: Flags { Flags(rawValue: 1 << 0) }
        static var includesSubdomains: Flags { Flags(rawValue: 1 << 1) }
        static var refusesOnExpiry: Flags { Flags(rawValue: 1 << 2) }
        static var allowsSinglePin: Flags { Flags(rawValue: 1 << 3) }
        static var rejectsKeys: Flags { Flags(rawValue: 1 << 4) }
    }

    init() {}

    /// How many logs a certificate needs a good SCT of, 1 to 4; 0 = none is looked at. In the flags' highest bits.
    public internal(set) var requiredSCTs: UInt8 {
        get { flags.rawValue >> 5 }
        set { flags = Flags(rawValue: flags.rawValue & 0x1f | newValue << 5) }
    }

    /// The pattern has a `*.` before its name.
    public internal(set) var isWildcard: Bool {
        get { flags.contains(.wildcard) }
        set { turn(.wildcard, on: newValue) }
    }
    public internal(set) var includesSubdomains: Bool {
        get { flags.contains(.includesSubdomains) }
        set { turn(.includesSubdomains, on: newValue) }
    }
    /// Whether a connection is refused when the pins have expired, or allowed.
    public internal(set) var refusesOnExpiry: Bool {
        get { flags.contains(.refusesOnExpiry) }
        set { turn(.refusesOnExpiry, on: newValue) }
    }
    public internal(set) var allowsSinglePin: Bool {
        get { flags.contains(.allowsSinglePin) }
        set { turn(.allowsSinglePin, on: newValue) }
    }
    /// It, or a set that it names, rejects keys.
    public internal(set) var rejectsKeys: Bool {
        get { flags.contains(.rejectsKeys) }
        set { turn(.rejectsKeys, on: newValue) }
    }

    private mutating func turn(_ flag: Flags, on isOn: Bool) {
        if isOn { flags.insert(flag) } else { flags.remove(flag) }
    }

    /// The first second at which its pins have expired, counted from 1970-01-01 00:00:00 UTC; nil where they do not
    /// expire. To be compared with a time and never subtracted: a clock may say anything.
    public var expiry: Int64? { Rule.end(ofDay: expiryDay) }

    /// The first second after a day, counted as days are; nil for -1.
    static func end(ofDay day: Int32) -> Int64? { day < 0 ? nil : (Int64(day) + 1) * 86400 }
}
