/// What can be said of a rule only when the whole file has been read.
extension PolicyParser {
    mutating func checkRules() {
        var lines = LineCounter()
        for number in 0..<tables.used.rules where wantsMore {
            resolveReferences(of: number, &lines)
            resolveEnvironments(of: number, &lines)
            guard wantsMore else { return }
            checkPins(of: number, &lines)
        }
    }

    /// Turns the places where set names stand in the text into the sets' numbers.
    private mutating func resolveReferences(of number: Int, _ lines: inout LineCounter) {
        var rule = tables.rules[number]
        guard rule.referenceCount > 0 else { return }
        let first = Int(rule.firstReference)
        for index in first..<(first + Int(rule.referenceCount)) {
            let offset = Int(tables.references[index])
            let name = TextWords.first(in: text, from: offset)
            guard let set = tables.set(named: name, text) else {
                report(lines.line(of: offset, in: text), .init("there is no [pin-set ").adding(name).adding("]"))
                tables.references[index] = 0
                rule.referenceCount = 0
                continue
            }
            for earlier in first..<index where tables.references[earlier] == UInt32(set) {
                report(lines.line(of: offset, in: text), .init("the rule names pin set ").quoting(name).adding(" twice"))
                break
            }
            tables.references[index] = UInt32(set)
            if tables.sets[set].rejectsKeys { rule.rejectsKeys = true }
        }
        tables.rules[number] = rule
    }

    /// Turns the names of a rule's environments into bits.
    private mutating func resolveEnvironments(of number: Int, _ lines: inout LineCounter) {
        let offset = Int(tables.rules[number].environments)
        guard offset != 0 else { return }
        var bits: UInt32 = 0
        var words = TextWords(text, from: offset)
        while let name = words.next() {
            guard let environment = tables.environment(named: name, settings) else {
                report(
                    lines.line(of: offset, in: text),
                    .init("environment ").quoting(name).adding(" is not among the environments of [policy]"))
                break
            }
            let bit: UInt32 = 1 << UInt32(environment)
            guard bits & bit == 0 else {
                report(lines.line(of: offset, in: text), .init("environment ").quoting(name).adding(" stands twice"))
                break
            }
            bits |= bit
        }
        tables.rules[number].environments = bits
        settings.needsEnvironment = true
    }

    private mutating func checkPins(of number: Int, _ lines: inout LineCounter) {
        let rule = tables.rules[number]
        let header = Int(tables.scratch[number])
        let summary = PinSummary(rule, tables)
        if summary.count > Self.maximumPins {
            report(lines.line(of: header, in: text), .init("the rule has more than 256 pins, with those of its sets"))
            return
        }
        tables.rules[number].pinClasses = summary.classes
        if let reason = summary.contradiction(with: rule) {
            report(lines.line(of: header, in: text), .init(reason))
        }
        guard rule.enforcement != .off else { return }
        guard summary.count > 0 else {
            report(
                lines.line(of: header, in: text),
                .init("the rule has no pins; add some, name a pin-set, or say enforcement = off"))
            return
        }
        if summary.hasPinInUseAndAsBackup {
            report(
                lines.line(of: header, in: text),
                .init("one pin of the rule is both in use and a backup; a backup is another key, kept safe"))
        }
        if !rule.allowsSinglePin, let list = summary.listWithoutBackup {
            report(
                lines.line(of: header, in: text),
                .init("losing one key would lock everyone out: ").adding(list.sentenceName)
                    .adding(" need two different pins of one kind, one of them with backup- before its key; ")
                    .adding("where that is meant, say allow-single-pin = yes"))
        }
    }
}

/// What a rule's pins are, those of its sets included.
private struct PinSummary {
    private(set) var count = 0
    private(set) var hasPinInUseAndAsBackup = false
    /// A list that has pins, but of no kind a backup and another pin beside it.
    private(set) var listWithoutBackup: PinList?
    private(set) var classes = PinClasses()

    init(_ rule: Rule, _ tables: borrowing PolicyTables) {
        forEach(rule, tables) { _, traits in
            count += 1
            classes.insert(traits)
        }
        guard count <= 256 else { return }
        if rule.referenceCount > 0 { hasPinInUseAndAsBackup = Self.findsPinInUseAndAsBackup(rule, tables) }
        // For each class its first backup pin, then whether there is another pin than that.
        var backups = InlineArray<16, Digest?>(repeating: nil)
        forEach(rule, tables) { digest, traits in
            if traits.isBackup, backups[Int(traits.kindAndList)] == nil { backups[Int(traits.kindAndList)] = digest }
        }
        var backedUp = PinClasses()
        forEach(rule, tables) { digest, traits in
            if let backup = backups[Int(traits.kindAndList)], backup != digest { backedUp.insert(traits) }
        }
        for rawList in PinList.any.rawValue...PinList.ca.rawValue {
            if let list = PinList(rawValue: rawList), classes.contains(list), !backedUp.contains(list) {
                listWithoutBackup = list
            }
        }
    }

    /// Looks at pins of different sections: within one the parser has done so already, and many rules may name one
    /// large set.
    private static func findsPinInUseAndAsBackup(_ rule: Rule, _ tables: borrowing PolicyTables) -> Bool {
        let parts = Int(rule.referenceCount) + 1
        for pair in 0..<(parts * parts) where pair / parts != pair % parts {
            for backup in part(pair / parts, of: rule, tables) where tables.traits[backup].isBackup {
                for pin in part(pair % parts, of: rule, tables)
                where tables.digests[pin] == tables.digests[backup]
                    && tables.traits[pin].kind == tables.traits[backup].kind
                    && !tables.traits[pin].isBackup && !tables.traits[pin].isRejected
                {
                    return true
                }
            }
        }
        return false
    }

    /// Why the rule can never match, whatever path it is asked about.
    func contradiction(with rule: Rule) -> StaticString? {
        let hasLeafPins = classes.contains(.leaf)
        let hasCAPins = classes.contains(.ca)
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

/// Calls the body with each pin of a rule, its sets' included, rejected keys not.
private func forEach(
    _ rule: Rule, _ tables: borrowing PolicyTables, _ body: (Digest, PinTraits) -> Void
) {
    for number in 0...Int(rule.referenceCount) {
        for pin in part(number, of: rule, tables) where !tables.traits[pin].isRejected {
            body(tables.digests[pin], tables.traits[pin])
        }
    }
}

/// The pins of a rule that stand in it, for number 0, or else in one of the sets that it names.
private func part(_ number: Int, of rule: Rule, _ tables: borrowing PolicyTables) -> Range<Int> {
    if number == 0 { return PinRange(first: rule.firstPin, count: rule.pinCount).numbers }
    return tables.sets[Int(tables.references[Int(rule.firstReference) + number - 1])].numbers
}

extension PinList {
    fileprivate var sentenceName: StaticString {
        switch self {
        case .any: "the rule's pins"
        case .leaf: "the rule's leaf- pins"
        case .ca: "the rule's ca- pins"
        }
    }
}

/// Turns offsets into line numbers, quickly where they come in ascending order.
private struct LineCounter {
    private var offset = 0
    private var line = 1

    @inline(never)
    mutating func line(of target: Int, in text: Span<UInt8>) -> Int {
        if target < offset { self = LineCounter() }
        for index in offset..<min(target, text.count) where text[index] == 0x0a { line += 1 }
        offset = target
        return line
    }
}

/// The words from a place in the text behind a section's or a key's name to the end of its line or to a comment.
private struct TextWords: ~Escapable {
    private let text: Span<UInt8>
    private var position: Int

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, from start: Int) {
        self.text = text
        position = start
    }

    @_lifetime(copy text)
    static func first(in text: Span<UInt8>, from start: Int) -> Span<UInt8> {
        var words = TextWords(text, from: start)
        if let word = words.next() { return word }
        return text.extracting(start..<start)
    }

    @_lifetime(copy self)
    mutating func next() -> Span<UInt8>? {
        while position < text.count, text[position].isSpace { position += 1 }
        let start = position
        while position < text.count, !text[position].isSpace, text[position] > 0x20 {
            if text[position] == 0x23, position == start, text[position - 1].isSpace { return nil }
            position += 1
        }
        return position > start ? text.extracting(start..<position) : nil
    }
}
