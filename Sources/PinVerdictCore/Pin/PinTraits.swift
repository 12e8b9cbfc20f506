// SPDX-License-Identifier: Apache-2.0

/// What a pin is beside its digest, in one octet: its class, which is its kind and its list as one number, and whether
/// it is a backup or a rejected key.
public struct PinTraits: BitwiseCopyable, Equatable, Sendable {
    private var bits: UInt8

    /// The class takes the lower bits; each of the upper two is a flag.
    private static var backupBit: UInt8 { 0x40 }
    private static var rejectedBit: UInt8 { 0x80 }
    private static var classBits: UInt8 { 0x3f }

    /// How many classes there are: each kind in each list. A test makes sure that an octet has room for them.
    static var classCount: Int { PinKind.count * PinList.count }
    static var classCapacity: Int { Int(classBits) + 1 }

    public init(kind: PinKind, list: PinList = .any, isBackup: Bool = false) {
        bits = kind.index &* UInt8(PinList.count) &+ list.rawValue | (isBackup ? Self.backupBit : 0)
    }

    private init(bits: UInt8) { self.bits = bits }

    /// A key that no path may contain.
    public static var rejected: PinTraits {
        PinTraits(bits: PinTraits(kind: .spki).bits | rejectedBit)
    }

    /// Classes are numbered kind by kind, and within a kind list by list.
    var classNumber: UInt8 { bits & Self.classBits }

    public var kind: PinKind { PinKind(index: Int(classNumber) / PinList.count) ?? .spki }
    public var list: PinList { PinList(index: Int(classNumber) % PinList.count) ?? .any }
    public var isBackup: Bool { bits & Self.backupBit != 0 }
    public var isRejected: Bool { bits & Self.rejectedBit != 0 }
}

/// An element for each class of pins. A test makes sure that the classes fit.
typealias PinClassSlots<Element> = InlineArray<16, Element>

extension PinTraits {
    /// The policy key of pins like this one: `[backup-][leaf-|ca-](pin|key|certificate)-sha256`, or
    /// `rejected-pin-sha256`.
    public var keyName: ASCIIText<48> {
        var name = ASCIIText<48>()
        if isRejected { name.append(Self.rejectedPrefix) }
        if isBackup { name.append(Self.backupPrefix) }
        name.append(list.prefix)
        name.append(kind.keyName)
        return name
    }

    /// Nil for a name that is no pin's key.
    init?(keyName: Span<UInt8>) {
        var rest = keyName
        let isRejected = rest.drop(Self.rejectedPrefix)
        let isBackup = !isRejected && rest.drop(Self.backupPrefix)
        var list = PinList.any
        if !isRejected {
            // The first list has no prefix.
            for index in 1..<PinList.count {
                guard let prefixed = PinList(index: index), rest.drop(prefixed.prefix) else { continue }
                list = prefixed
                break
            }
        }
        for index in 0..<PinKind.count {
            guard let kind = PinKind(index: index), isEqual(rest, kind.keyName) else { continue }
            self.init(kind: kind, list: list, isBackup: isBackup)
            guard isRejected else { return }
            guard kind == .spki else { return nil }  // only keys are rejected
            self = .rejected
            return
        }
        return nil
    }

    private static var rejectedPrefix: StaticString { "rejected-" }
    private static var backupPrefix: StaticString { "backup-" }
}
