// SPDX-License-Identifier: Apache-2.0

/// What a rule's pins are, those of its sets included.
struct PinSummary {
    private(set) var count = 0
    private(set) var hasPinInUseAndAsBackup = false
    /// A list that has pins, but of no kind a backup and another pin beside it.
    private(set) var listWithoutBackup: PinList?
    private(set) var mask = PinMask()

    init(_ rule: Rule, _ pins: PinTable) {
        for part in 0..<pins.partCount(of: rule) { count += Int(pins.part(part, of: rule).count) }
        guard count <= PolicyLimits.pins else { return }
        Self.forEach(rule, pins) { _, traits in mask.insert(traits) }
        // Within a section the parser has seen to it.
        if rule.referenceCount > (rule.pinCount == 0 ? 1 : 0) {
            hasPinInUseAndAsBackup = Self.findsPinInUseAndAsBackup(rule, pins)
        }
        // Of each class its first backup pin, then whether there is another pin than that.
        var backups = PinClassSlots<Digest?>(repeating: nil)
        Self.forEach(rule, pins) { digest, traits in
            let number = Int(traits.classNumber)
            if traits.isBackup, backups[number] == nil { backups[number] = digest }
        }
        var backedUp = PinMask()
        Self.forEach(rule, pins) { digest, traits in
            if let backup = backups[Int(traits.classNumber)], backup != digest { backedUp.insert(traits) }
        }
        for index in 0..<PinList.count {
            guard let list = PinList(index: index) else { continue }
            if mask.intersects(PinMask(list)), !backedUp.intersects(PinMask(list)) { listWithoutBackup = list }
        }
    }

    private static func forEach(_ rule: Rule, _ pins: PinTable, _ body: (Digest, PinTraits) -> Void) {
        pins.forEachPin(of: rule) { number, _ in body(pins.digests[number], pins.traits[number]) }
    }

    /// The backups are sorted, so that many sets of many rules cost no more than their pins.
    private static func findsPinInUseAndAsBackup(_ rule: Rule, _ pins: PinTable) -> Bool {
        var backups = InlineArray<256, NumberedDigest>(repeating: NumberedDigest(Digest(), 0))
        var count = 0
        forEach(rule, pins) { digest, traits in
            guard traits.isBackup, count < backups.count else { return }
            backups[count] = NumberedDigest(digest, UInt32(traits.kind.rawValue))
            count += 1
        }
        var span = backups.mutableSpan
        span.sort(first: count)
        let sorted = backups.span.extracting(first: count)
        var isFound = false
        forEach(rule, pins) { digest, traits in
            guard !traits.isBackup else { return }
            let key = NumberedDigest(digest, UInt32(traits.kind.rawValue))
            let place = sorted.place(of: key)
            if place < count, !key.isBefore(sorted[place]) { isFound = true }
        }
        return isFound
    }

    /// Why the rule can never match, whatever path it is asked about.
    func contradiction(with rule: Rule) -> StaticString? {
        let hasLeafPins = mask.intersects(PinMask(.leaf))
        let hasCAPins = mask.intersects(PinMask(.ca))
        switch rule.match {
        case .leaf where hasCAPins: return "match = leaf with ca- pins can never match"
        case .ca where hasLeafPins: return "match = ca with leaf- pins can never match"
        case .root where hasLeafPins: return "match = root with leaf- pins can never match"
        default: break
        }
        guard rule.maxDepth == 1 else { return nil }
        if hasCAPins { return "max-depth = 1 with ca- pins can never match: depth 1 is the leaf alone" }
        if rule.match == .ca || rule.match == .root {
            return "max-depth = 1 with match = ca or root can never match: depth 1 is the leaf alone"
        }
        return nil
    }
}
