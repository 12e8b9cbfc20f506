// SPDX-License-Identifier: Apache-2.0

/// What a rule's pins are, those of its sets included and rejected keys not.
struct PinSummary {
    private(set) var count = 0
    private(set) var hasPinInUseAndAsBackup = false
    /// A list that has pins, but of no kind a backup and another pin beside it.
    private(set) var listWithoutBackup: PinList?
    private(set) var mask = PinMask()

    init(_ rule: Rule, _ pins: PinTable) {
        Self.forEach(rule, pins) { _, traits in
            count += 1
            mask.insert(traits)
        }
        guard count <= PolicyLimits.pins else { return }
        if rule.referenceCount > 0 { hasPinInUseAndAsBackup = Self.findsPinInUseAndAsBackup(rule, pins) }
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
        pins.forEachPin(of: rule) { number, _ in
            let traits = pins.traits[number]
            if !traits.isRejected { body(pins.digests[number], traits) }
        }
    }

    /// Looks at pins of different sections: within one the parser has done so already, and many rules may name one
    /// large set.
    private static func findsPinInUseAndAsBackup(_ rule: Rule, _ pins: PinTable) -> Bool {
        let parts = pins.partCount(of: rule)
        for pair in 0..<(parts * parts) where pair / parts != pair % parts {
            for backup in pins.part(pair / parts, of: rule).numbers where pins.traits[backup].isBackup {
                for pin in pins.part(pair % parts, of: rule).numbers
                where pins.digests[pin] == pins.digests[backup]
                    && pins.traits[pin].kind == pins.traits[backup].kind
                    && !pins.traits[pin].isBackup && !pins.traits[pin].isRejected
                {
                    return true
                }
            }
        }
        return false
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
