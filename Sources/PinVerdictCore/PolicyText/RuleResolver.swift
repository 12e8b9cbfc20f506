// SPDX-License-Identifier: Apache-2.0

/// Does what can be done for a rule only when the whole text has been read: turns the names of its sets and its
/// environments into numbers, and looks at its pins together with those of its sets.
struct RuleResolver<Sink: PolicyProblemSink>: ~Copyable, ~Escapable {
    private let text: Span<UInt8>
    private(set) var builder: PolicyBuilder
    private(set) var settings: PolicySettings
    private(set) var problems: PolicyProblemLog<Sink>
    private let logList: LogList
    private var lines = LineCounter()

    @_lifetime(copy text, copy builder)
    init(
        _ text: Span<UInt8>, _ builder: consuming PolicyBuilder, _ settings: PolicySettings,
        _ problems: PolicyProblemLog<Sink>, _ logList: LogList
    ) {
        self.text = text
        self.builder = builder
        self.settings = settings
        self.problems = problems
        self.logList = logList
    }

    mutating func resolve() {
        sortRejectedKeys()
        for number in 0..<builder.used.rules where problems.wantsMore {
            resolveReferences(of: number)
            resolveEnvironments(of: number)
            if builder.drafts.repeatsHosts { checkEnvironments(of: number) }
            guard problems.wantsMore else { return }
            checkPins(of: number)
            if builder.rules[number].requiredSCTs > 0, !logList.hasMistake { checkSCTs(of: number) }
        }
    }

    private mutating func sortRejectedKeys() {
        builder.sortRejectedKeys()
        for index in 0..<max(0, builder.used.rejectedKeys - 1) where problems.wantsMore {
            let (key, next) = (builder.rejectedKeys[index], builder.rejectedKeys[index + 1])
            guard key.isSame(as: next) else { continue }
            report(
                Int(next.line),
                .init("the rejected key stands twice in its list, on line ").adding(Int(key.line)).adding(" too"))
        }
    }

    private mutating func report(_ line: Int, _ message: PolicyProblem.Message) { problems.report(line, message) }

    private mutating func line(of place: ByteRange) -> Int { lines.line(of: Int(place.start), in: text) }

    /// Turns the names of a rule's sets into their numbers.
    private mutating func resolveReferences(of number: Int) {
        var rule = builder.rules[number]
        guard rule.referenceCount > 0 else { return }
        let first = Int(rule.firstReference)
        for index in first..<(first + Int(rule.referenceCount)) {
            let place = builder.drafts.references[index]
            let name = text.extracting(place)
            guard let set = builder.setNumber(named: name, text) else {
                report(line(of: place), .init("there is no [pin-set ").adding(name).adding("]"))
                builder.drafts.rules[number].hasMistake = true
                builder.references[index] = 0
                rule.referenceCount = 0
                continue
            }
            for earlier in first..<index where builder.references[earlier] == UInt32(set) {
                report(line(of: place), .init("the rule names pin set ").quoting(name).adding(" twice"))
                break
            }
            builder.references[index] = UInt32(set)
            if builder.drafts.sets[set].hasMistake { builder.drafts.rules[number].hasMistake = true }
            if builder.sets[set].rejectedCount > 0 { rule.rejectsKeys = true }
        }
        builder.rules[number] = rule
    }

    /// Turns the names of a rule's environments into bits.
    private mutating func resolveEnvironments(of number: Int) {
        let place = builder.drafts.rules[number].environments
        guard place.count > 0 else { return }
        var bits: UInt32 = 0
        var words = Words(text.extracting(place))
        while let name = words.next() {
            guard let environment = builder.environmentTable(settings).number(of: name) else {
                report(
                    line(of: place),
                    .init("environment ").quoting(name).adding(" is not among the environments of [policy]"))
                builder.drafts.rules[number].hasKnownEnvironments = false
                break
            }
            let bit: UInt32 = 1 << UInt32(environment)
            guard bits & bit == 0 else {
                report(line(of: place), .init("environment ").quoting(name).adding(" stands twice"))
                break
            }
            bits |= bit
        }
        builder.rules[number].environments = bits
        settings.needsEnvironment = true
    }

    /// A host may stand in several sections, of which no two exist in one environment.
    private mutating func checkEnvironments(of number: Int) {
        guard let earlier = builder.ruleBeside(number), builder.drafts.rules[number].hasKnownEnvironments,
            builder.drafts.rules[earlier].hasKnownEnvironments
        else { return }
        let pattern = builder.drafts.rules[number].pattern
        let earlierLine = line(of: builder.drafts.rules[earlier].pattern)
        let line = line(of: pattern)
        var message = PolicyProblem.Message("host ").quoting(text.extracting(pattern))
            .adding(" stands twice, in this or another spelling: on line ").adding(earlierLine).adding(" too")
        let shared = builder.rules[earlier].environments & builder.rules[number].environments
        if shared == 0 {
            message = message.adding("; merge the two, or give each environments of its own")
        } else {
            let name = builder.environmentTable(settings).name(shared.trailingZeroBitCount)
            message = message.adding(", and both are for environment ").adding(name)
        }
        report(line, message)
    }

    private mutating func checkPins(of number: Int) {
        let rule = builder.rules[number]
        let header = builder.drafts.rules[number].pattern
        let summary = PinSummary(rule, builder.pins)
        if summary.count > PolicyLimits.pins {
            report(
                line(of: header),
                .init("the rule has more than ").adding(PolicyLimits.pins).adding(" pins, with those of its sets"))
            return
        }
        if rejectedCount(of: number) > PolicyLimits.rejectedKeys {
            report(
                line(of: header),
                .init("the rule rejects more than ").adding(PolicyLimits.rejectedKeys)
                    .adding(" keys, with those of its sets"))
            return
        }
        builder.rules[number].pinMask = summary.mask
        if let reason = summary.contradiction(with: rule) {
            report(line(of: header), .init(reason))
        }
        guard rule.enforcement != .off else { return }
        // What could not be read may be what the rule seems to lack.
        let isWhole = !builder.drafts.rules[number].hasMistake
        guard summary.count > 0 else {
            guard isWhole else { return }
            report(
                line(of: header),
                .init("the rule has no pins; add some, name a pin-set, or say enforcement = off"))
            return
        }
        if summary.hasPinInUseAndAsBackup {
            report(
                line(of: header),
                .init("one pin of the rule is both in use and a backup; a backup is another key, kept safe"))
        }
        if isWhole, !rule.allowsSinglePin, let list = summary.listWithoutBackup {
            report(
                line(of: header),
                .init("losing one key would lock everyone out: ").adding(list.sentenceName)
                    .adding(" need two different pins of one kind, one of them with backup- before its key; ")
                    .adding("where that is meant, say allow-single-pin = yes"))
        }
    }

    /// What a rule asks for, the policy's logs have to be able to give, on the day of the list at least.
    private mutating func checkSCTs(of number: Int) {
        let header = builder.drafts.rules[number].pattern
        let required = Int(builder.rules[number].requiredSCTs)
        var inService = 0
        for log in 0..<builder.used.logs where builder.logs[log].retired > Int64(logList.asOf) * 86400 {
            inService += 1
        }
        let (logs, operators) = (builder.used.logs, logList.operators)
        guard logs < required || operators < min(required, 2) || inService == 0 else { return }
        report(
            line(of: header),
            .init("require-scts asks for ").adding(required).adding(" logs")
                .adding(required > 1 ? ", of two operators or more" : "").adding(", one of them in service; there ")
                .adding("is a [ct-log] for ").adding(logs).adding(", ").adding(inService).adding(" in service, of ")
                .adding(operators).adding(" operators"))
    }

    private func rejectedCount(of number: Int) -> Int {
        let rule = builder.rules[number]
        var count = Int(builder.drafts.rules[number].rejectedCount)
        guard rule.rejectsKeys else { return count }
        for part in 1..<builder.pins.partCount(of: rule) {
            count += Int(builder.pins.part(part, of: rule).rejectedCount)
        }
        return count
    }
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

/// Turns offsets into line numbers, quickly where each is near the one before.
private struct LineCounter {
    private var offset = 0
    private var line = 1

    @inline(never)
    mutating func line(of target: Int, in text: Span<UInt8>) -> Int {
        let target = min(target, text.count)
        for index in min(offset, target)..<max(offset, target) where text[index] == .lineFeed {
            line += offset < target ? 1 : -1
        }
        offset = target
        return line
    }
}
