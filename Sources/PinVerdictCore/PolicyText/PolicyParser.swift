// SPDX-License-Identifier: Apache-2.0

/// Parses a policy's text into tables, and reports every mistake that it finds. Nothing in a policy is
/// skipped: an unknown section or key is a mistake like any other.
///
/// The sections are read in one pass, here and in `PolicyParser+Values.swift`; what needs the whole text (set names,
/// environments, backups) is done afterwards by a ``RuleResolver``.
public struct PolicyParser<Sink: PolicyProblemSink>: ~Copyable, ~Escapable {
    let text: Span<UInt8>
    var builder: PolicyBuilder
    var problems: PolicyProblemLog<Sink>
    var settings = PolicySettings()

    var section = OpenSection()
    /// Some section's header has been read.
    var hasSection = false
    var hasPolicySection = false
    var policyLine = 1
    var hasSerial = false
    var logList = LogList()
    private var policyHasMistake = false
    private var hasUnknownSection = false
    private var isCutShort = false

    /// The section that the lines being read belong to.
    struct OpenSection {
        /// Nil before the first section, and in one whose header is a mistake: its keys are not looked at.
        var kind: PolicySection?
        var line = 1
        /// Of the rule or the set.
        var number = 0
        /// The rule is for an IP address.
        var isAddress = false
        var firstPin = 0
        /// How many problems there were before it.
        var problemsBefore = 0
        /// How many keys it rejects.
        var rejectedCount = 0
        /// A bit for each key that has been seen.
        private var seen: UInt32 = 0

        func hasSeen(_ key: PolicyKey) -> Bool { seen & (1 << UInt32(key.rawValue)) != 0 }
        mutating func see(_ key: PolicyKey) { seen |= 1 << UInt32(key.rawValue) }
    }

    @_lifetime(copy text, copy builder)
    public init(text: Span<UInt8>, builder: consuming PolicyBuilder, sink: Sink) {
        self.text = text
        self.builder = builder
        problems = PolicyProblemLog(sink)
        settings.hostSeed = self.builder.seed
    }

    /// The settings of a policy without a mistake, or nil; how much of each table it uses; and the sink.
    public consuming func parse() -> (settings: PolicySettings?, used: PolicyCounts, sink: Sink) {
        readSections()
        if problems.wantsMore, !isCutShort { checkPolicySection() }
        if problems.wantsMore, !isCutShort { checkLogs() }
        let isCutShort = isCutShort
        var resolver = RuleResolver(text, builder, settings, problems, logList)
        // What a text that was cut short lacks, it may have had.
        if !isCutShort { resolver.resolve() }
        return (
            resolver.problems.isEmpty ? resolver.settings : nil, resolver.builder.used, resolver.problems.sink
        )
    }

    mutating func report(_ line: Int, _ message: PolicyProblem.Message) { problems.report(line, message) }

    private mutating func readSections() {
        var lines = PolicyLineReader(text)
        while problems.wantsMore, let line = lines.next() {
            switch line.content {
            case .nothing:
                break
            case .mistake(let mistake):
                report(line.number, message(for: mistake))
                if case .cutShort = mistake { isCutShort = true }
            case .section(let name, let argument):
                closeSection()
                open(line, name, argument)
            case .setting(let key, let value):
                apply(line, key, value)
            }
        }
        if !isCutShort { closeSection() }
    }

    private mutating func open(_ line: PolicyLine, _ name: ByteRange, _ argument: ByteRange) {
        hasSection = true
        section = OpenSection()
        section.line = line.number
        section.firstPin = builder.used.pins
        section.problemsBefore = problems.count
        guard let kind = PolicySection(named: text.extracting(name)) else {
            hasUnknownSection = true
            report(
                line.number,
                .init("unknown section ").quoting(text.extracting(name))
                    .adding("; the sections are [policy], [pin-set NAME], [host PATTERN], [ct-logs] and [ct-log NAME]"))
            return
        }
        switch kind {
        case .policy: openPolicy(line, argument)
        case .pinSet: openSet(line, argument)
        case .host: openHost(line, argument)
        case .logs: openLogs(line, argument)
        case .log: openLog(line, argument)
        }
    }

    private mutating func openPolicy(_ line: PolicyLine, _ argument: ByteRange) {
        guard argument.count == 0 else {
            report(line.number, .init("[policy] takes no name; found ").quoting(text.extracting(argument)))
            if !hasPolicySection { openPolicy(line) }
            return
        }
        guard !hasPolicySection else {
            report(line.number, .init("[policy] stands twice; the first is on line ").adding(policyLine))
            return
        }
        openPolicy(line)
    }

    private mutating func openPolicy(_ line: PolicyLine) {
        hasPolicySection = true
        policyLine = line.number
        section.kind = .policy
    }

    private mutating func openSet(_ line: PolicyLine, _ argument: ByteRange) {
        let name = text.extracting(argument)
        let number = builder.used.sets
        guard number < builder.sets.count, number < builder.drafts.sets.count else {
            return reportCapacity(line.number)
        }
        builder.sets[number] = PinRange()
        builder.used.sets += 1
        builder.drafts.sets[number] = SetDraft(name: argument)
        section.kind = .pinSet
        section.number = number
        if !PolicyName.isValid(name) {
            report(
                line.number,
                .init("a pin set's name is 1 to 63 letters, digits, '-', '_' or '.'; found ").quoting(name))
        } else if !builder.insertSet(number, name, text) {
            report(line.number, .init("pin set ").quoting(name).adding(" stands twice; merge the two"))
        }
    }

    /// A rule whose pattern is a mistake has no name, and is looked at all the same.
    private mutating func openHost(_ line: PolicyLine, _ argument: ByteRange) {
        let number = builder.used.rules
        guard number < builder.rules.count, number < builder.drafts.rules.count else {
            return reportCapacity(line.number)
        }
        var rule = Rule()
        rule.firstPin = UInt32(builder.used.pins)
        rule.firstReference = UInt32(builder.used.references)
        builder.rules[number] = rule
        builder.drafts.rules[number] = RuleDraft(pattern: argument)
        builder.used.rules += 1
        section.kind = .host
        section.number = number
        name(number, text.extracting(argument), line.number)
    }

    private mutating func name(_ number: Int, _ pattern: Span<UInt8>, _ line: Int) {
        let isWildcard = pattern.starts(with: "*.")
        builder.rules[number].isWildcard = isWildcard
        guard let host = HostName(isWildcard ? pattern.extracting(droppingFirst: 2) : pattern),
            !(isWildcard && host.isAddress)
        else { return report(line, message(forPattern: pattern)) }
        guard let start = builder.append(name: host.span) else { return reportCapacity(line) }
        builder.rules[number].nameStart = start
        builder.rules[number].nameLength = UInt8(truncatingIfNeeded: host.count)
        section.isAddress = host.isAddress
        if isWildcard { settings.hasWildcards = true }
        let (isEntered, first) = builder.insertRule(number)
        if first != nil { builder.drafts.repeatsHosts = true }
        if !isEntered {
            report(line, .init("host ").quoting(pattern).adding(" stands more often than there can be environments"))
        }
    }

    private mutating func closeSection() {
        guard problems.wantsMore, let kind = section.kind else { return }
        let pins = builder.used.pins - section.firstPin
        let hasMistake = problems.count > section.problemsBefore
        switch kind {
        case .policy:
            settings.rejectsKeys = section.rejectedCount > 0
            policyHasMistake = hasMistake
            requirePair(
                .validUntil, "valid-until needs on-stale = keep or on-stale = refuse beside it",
                .onStale, "on-stale needs valid-until = YYYY-MM-DD beside it")
        case .pinSet:
            builder.sets[section.number].first = UInt32(section.firstPin)
            builder.sets[section.number].count = UInt16(pins)
            builder.sets[section.number].rejectedCount = UInt16(section.rejectedCount)
            let isEmpty = pins == 0 && section.rejectedCount == 0
            builder.drafts.sets[section.number].hasMistake = hasMistake || isEmpty
            if isEmpty, !hasMistake { report(section.line, .init("the pin set is empty; add pins or remove it")) }
        case .host:
            builder.drafts.rules[section.number].hasMistake = hasMistake
            builder.rules[section.number].pinCount = UInt16(pins)
            builder.rules[section.number].rejectsKeys = section.rejectedCount > 0
            builder.drafts.rules[section.number].rejectedCount = UInt16(section.rejectedCount)
            requirePair(
                .expires, "expires needs on-expiry = allow or on-expiry = refuse beside it",
                .onExpiry, "on-expiry needs expires = YYYY-MM-DD beside it")
        case .logs, .log: closeLogs(hasMistake: hasMistake)
        }
        section.kind = nil
    }

    /// A date, and what is to be done after it: neither says enough without the other.
    private mutating func requirePair(
        _ date: PolicyKey, _ withoutAction: StaticString, _ action: PolicyKey, _ withoutDate: StaticString
    ) {
        guard section.hasSeen(date) != section.hasSeen(action) else { return }
        report(section.line, .init(section.hasSeen(date) ? withoutAction : withoutDate))
    }

    private mutating func checkPolicySection() {
        guard hasPolicySection else {
            if hasUnknownSection { return }
            report(1, .init("the policy has no [policy] section; it needs one, with a serial"))
            return
        }
        if !hasSerial, !policyHasMistake {
            report(policyLine, .init("[policy] has no serial; give it one, such as serial = 20260101"))
        }
        if builder.used.rules == 0, settings.enforcement != .off, !settings.refusesUnpinnedHosts, problems.isEmpty {
            report(
                policyLine,
                .init("the policy has no [host] section and so pins nothing; ")
                    .adding("where that is meant, say enforcement = off or unpinned-hosts = refuse"))
        }
    }

    /// Cannot happen, as the tables were counted from the same text; were it to, the policy would be refused.
    mutating func reportCapacity(_ line: Int) {
        report(line, .init("the policy does not fit into the memory that was counted for it"))
    }

    private func message(for mistake: PolicyLine.Mistake) -> PolicyProblem.Message {
        switch mistake {
        case .cutShort: .init("the last line does not end with a line end; the file may have been cut short")
        case .tooLong: .init("the line is longer than ").adding(PolicyLimits.line).adding(" bytes")
        case .byteOrderMark: .init("the file begins with a byte-order mark; save it as UTF-8 without one")
        case .nul: .init("the line contains a NUL byte")
        case .controlCharacter: .init("the line contains a control character; lines end with LF or CRLF")
        case .notUTF8: .init("the line is not UTF-8")
        case .turningCharacter:
            .init("the line contains a character that ends a line or turns its direction (U+2028 to U+202E, U+2066 to ")
                .adding("U+2069): it shows other than it is")
        case .noSectionEnd: .init("the section's header does not end with ]")
        case .textAfterSection: .init("text follows the section's header; a comment begins with # after a space")
        case .noKey: .init("the line has no key before its =")
        case .neither: .init("expected [section], key = value or # comment")
        }
    }

    private func message(forPattern pattern: Span<UInt8>) -> PolicyProblem.Message {
        if pattern.count == 0 { return .init("[host] needs a host name, *.name or an IP address") }
        for index in pattern.indices where pattern[index] >= 0x80 {
            return .init("host ").quoting(pattern).adding(" has non-ASCII letters; write its xn-- form")
        }
        if pattern.holdsSeparator {
            return .init("host ").quoting(pattern)
                .adding(": a [host] is for one host; write one for each, and a [pin-set] for their pins")
        }
        if pattern[0] == UInt8(ascii: ".") {
            return .init("host ").quoting(pattern)
                .adding(": write the name alone, and include-subdomains = yes below it for every name under it")
        }
        if isEqual(pattern, "*") {
            return .init("a pattern for every host does not exist; see unpinned-hosts in [policy]")
        }
        for index in pattern.indices
        where pattern[index] == UInt8(ascii: "*") && !(index == 0 && pattern.starts(with: "*.")) {
            return .init("host ").quoting(pattern).adding(": * stands for one whole first label, as in *.example.com")
        }
        for index in pattern.indices where pattern[index] == UInt8(ascii: "/") {
            if HostName(pattern.extracting(first: index))?.isAddress == true {
                return .init("host ").quoting(pattern)
                    .adding(": no rule is for a range of addresses; write a [host] for each")
            }
            return .init("host ").quoting(pattern).adding(": write the host name alone, without scheme and path")
        }
        var end = pattern.count
        while end > 0, pattern[end - 1].isDigit { end -= 1 }
        if end > 0, pattern[end - 1] == UInt8(ascii: ":"), HostName(pattern.extracting(first: end - 1)) != nil {
            return .init("host ").quoting(pattern)
                .adding(": write the host without its port; a rule is for every port of it")
        }
        return .init("host ").quoting(pattern)
            .adding(" is no host name (labels of 1 to 63 letters, digits, '-', '_'; 253 in all) and no IP address")
    }
}
