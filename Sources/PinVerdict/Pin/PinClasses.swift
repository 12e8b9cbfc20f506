/// Pins by kind and list: a bit for each pair, numbered as ``PinTraits/kindAndList`` is, so that a list has four.
struct PinClasses: BitwiseCopyable {
    private var bits: UInt16 = 0

    init() {}

    /// What may match at a depth of a path of so many certificates.
    init(at depth: Int, _ rule: Rule, _ count: Int) {
        if rule.maxDepth != 0, depth >= Int(rule.maxDepth) { return }
        switch rule.match {
        case .leaf where depth != 0, .ca where depth == 0: return
        case .root where depth == 0 || depth != count - 1: return
        default: bits = PinClasses.every(.any) | PinClasses.every(depth == 0 ? .leaf : .ca)
        }
    }

    private static func every(_ list: PinList) -> UInt16 { 0xf << (4 * UInt16(list.rawValue)) }

    var isEmpty: Bool { bits == 0 }

    /// The lists that have some kind: the lowest bit of each.
    var lists: UInt16 { (bits | bits >> 1 | bits >> 2 | bits >> 3) & 0x1111 }

    func contains(kind number: UInt8) -> Bool { bits & (0x1111 << UInt16(number)) != 0 }
    func contains(_ list: PinList) -> Bool { bits & PinClasses.every(list) != 0 }
    func contains(_ traits: PinTraits) -> Bool { bits & (1 << traits.kindAndList) != 0 }
    mutating func insert(_ traits: PinTraits) { bits |= 1 << traits.kindAndList }

    func intersection(_ other: PinClasses) -> PinClasses {
        var both = self
        both.bits &= other.bits
        return both
    }
}
