// SPDX-License-Identifier: Apache-2.0

/// Some of the classes of pins: a bit for each, at its number in ``PinTraits``.
struct PinMask: BitwiseCopyable, Equatable {
    private var bits: UInt16 = 0

    /// A test makes sure that the classes fit.
    static var capacity: Int { UInt16.bitWidth }

    init() {}

    private init(bits: UInt16) { self.bits = bits }

    /// Every kind in one list.
    @inline(__always)
    init(_ list: PinList) { bits = PinMask.firstList &<< UInt16(list.rawValue) }

    /// Every list of one kind.
    @inline(__always)
    init(_ kind: PinKind) {
        bits = PinMask.firstKind &<< UInt16(kind.index &* UInt8(truncatingIfNeeded: PinList.count))
    }

    /// The first kind in each of its lists: the lowest bits.
    private static var firstKind: UInt16 { 1 << UInt16(PinList.count) - 1 }

    /// Each kind in the first list: the lowest bit of each kind.
    private static var firstList: UInt16 {
        @inline(__always)
        get {
            var bits: UInt16 = 0
            for index in 0..<PinKind.count { bits |= 1 &<< UInt16(truncatingIfNeeded: index &* PinList.count) }
            return bits
        }
    }

    var isEmpty: Bool { bits == 0 }

    /// The lists that have a pin of any kind, each by the bit of its first kind.
    var lists: PinMask {
        @inline(__always)
        get {
            var lists: UInt16 = 0
            for index in 0..<PinKind.count { lists |= bits &>> UInt16(truncatingIfNeeded: index &* PinList.count) }
            return PinMask(bits: lists & PinMask.firstKind)
        }
    }

    @inline(__always)
    func intersects(_ other: PinMask) -> Bool { bits & other.bits != 0 }
    @inline(__always)
    func contains(_ traits: PinTraits) -> Bool { bits & 1 &<< UInt16(traits.classNumber) != 0 }
    @inline(__always)
    mutating func insert(_ traits: PinTraits) { bits |= 1 &<< UInt16(traits.classNumber) }

    @inline(__always)
    func union(_ other: PinMask) -> PinMask { PinMask(bits: bits | other.bits) }
    @inline(__always)
    func intersection(_ other: PinMask) -> PinMask { PinMask(bits: bits & other.bits) }
}
