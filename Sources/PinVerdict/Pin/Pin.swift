/// What a pin is the SHA-256 of.
public enum PinKind: UInt8, BitwiseCopyable, Sendable {
    /// The SubjectPublicKeyInfo as encoded: `pin-sha256`.
    case spki = 1
    /// The bare key: `key-sha256`.
    case key = 2
    /// The certificate: `certificate-sha256`.
    case certificate = 3
}

/// The lists of a rule. Within one any pin will do; every list that is not empty must match.
public enum PinList: UInt8, Sendable {
    /// Any certificate that the rule's match allows.
    case any = 0
    /// `leaf-`: depth 0 alone.
    case leaf = 1
    /// `ca-`: every deeper certificate.
    case ca = 2
}

/// What stands beside a digest: its kind, its list, and its part in them.
public struct PinTraits: BitwiseCopyable, Equatable, Sendable {
    private var bits: UInt8

    public init(kind: PinKind, list: PinList = .any, isBackup: Bool = false) {
        bits = kind.rawValue | list.rawValue << 2 | (isBackup ? 0x10 : 0)
    }

    private init(bits: UInt8) { self.bits = bits }

    /// A key that no path may contain.
    public static var rejected: PinTraits { PinTraits(bits: PinKind.spki.rawValue | 0x20) }
    static var unused: PinTraits { PinTraits(bits: 0) }

    /// Kind and list as one number below 16: the kind in the lower two bits.
    var kindAndList: UInt16 { UInt16(bits & 0x0f) }

    public var kind: PinKind { PinKind(rawValue: bits & 3) ?? .spki }
    public var list: PinList { PinList(rawValue: bits >> 2 & 3) ?? .any }
    public var isBackup: Bool { bits & 0x10 != 0 }
    public var isRejected: Bool { bits & 0x20 != 0 }
}
