/// Looks for a rule's pins on a path.
struct PinSearch {
    /// The shallowest pin found; of several at one depth, the one that stands first in the policy.
    private(set) var match: PinMatch?
    /// How many of the rule's pins stand before it: they are looked for kind by kind, and reported in their order.
    private var matchPlace = 0
    /// Lists that have pins, and those of which a pin was found, and one in use (not a backup) was: a bit each.
    private var present: UInt8 = 0
    private var found: UInt8 = 0
    private var foundInUse: UInt8 = 0

    /// Every list that is not empty has a pin on the path.
    var isMatched: Bool { present != 0 && found == present }
    /// Some list has been matched by backup pins alone.
    var isBackup: Bool { foundInUse != present }

    /// The path is not changed: as an inout parameter it is not copied either.
    init<List: CertificateList, Backend: TLSBackend>(
        _ pins: PinTable, _ rule: Rule, _ path: inout CertificationPath<List>, _ backend: Backend
    ) throws(Reason) {
        let lists = KindLists(pins, rule)
        present = lists.all
        var depth = 0
        repeat {
            // Every depth is looked at until each list has found a pin in use: a backup pin that matches first
            // does not make a rotation.
            let allowed = Self.lists(at: depth, rule, path.count)
            for number: UInt8 in 1...3 {
                guard let kind = PinKind(rawValue: number), lists[kind] & allowed != 0 else { continue }
                // A bare key of an algorithm without one matches nothing.
                guard let digest = try path.digest(kind, at: depth, backend) else { continue }
                look(for: digest, kind, allowed, at: depth, pins, rule)
            }
            depth += 1
        } while depth < path.count && foundInUse != present
    }

    /// The lists whose pins may match at a depth.
    private static func lists(at depth: Int, _ rule: Rule, _ count: Int) -> UInt8 {
        if rule.maxDepth != 0, depth >= Int(rule.maxDepth) { return 0 }
        switch rule.match {
        case .leaf where depth != 0, .ca where depth == 0: return 0
        case .root where depth == 0 || depth != count - 1: return 0
        default: return PinList.any.bit | (depth == 0 ? PinList.leaf : .ca).bit
        }
    }

    private mutating func look(
        for digest: Digest, _ kind: PinKind, _ allowed: UInt8, at depth: Int, _ pins: PinTable, _ rule: Rule
    ) {
        var place = 0
        pins.forEachPin(of: rule) { number, traits in
            if traits.kind == kind, allowed & traits.list.bit != 0, pins.digests[number] == digest, !traits.isRejected {
                found |= traits.list.bit
                if !traits.isBackup { foundInUse |= traits.list.bit }
                if match == nil || (match?.depth == depth && place < matchPlace) {
                    match = PinMatch(depth: depth, kind: kind, digest: digest)
                    matchPlace = place
                }
            }
            place += 1
        }
    }
}

/// The lists of a rule that have pins of a kind, a bit each.
private struct KindLists {
    private var lists = InlineArray<4, UInt8>(repeating: 0)

    init(_ pins: PinTable, _ rule: Rule) {
        pins.forEachPin(of: rule) { _, traits in
            if !traits.isRejected { lists[Int(traits.kind.rawValue)] |= traits.list.bit }
        }
    }

    subscript(kind: PinKind) -> UInt8 { lists[Int(kind.rawValue)] }

    var all: UInt8 { self[.spki] | self[.key] | self[.certificate] }
}

extension PinList {
    fileprivate var bit: UInt8 { 1 << rawValue }
}
