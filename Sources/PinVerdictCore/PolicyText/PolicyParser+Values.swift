// SPDX-License-Identifier: Apache-2.0

/// Reads a line's key, and values that are more than a word or a number. What each key does with its value stands in
/// `PolicyKey.swift`.
extension PolicyParser {
    mutating func apply(_ line: PolicyLine, _ keyRange: ByteRange, _ valueRange: ByteRange) {
        let name = text.extracting(keyRange)
        guard let kind = section.kind else {
            if !hasSection {
                report(line.number, .init("key ").quoting(name).adding(" stands before the first section"))
            }
            return
        }
        guard let (key, pins) = PolicyKey.named(name) else {
            let message = PolicyProblem.Message("unknown key ").quoting(name)
            if let meant = PolicyKey.suggestion(for: name) {
                report(line.number, message.adding("; did you mean ").adding(meant.span).adding("?"))
            } else {
                report(line.number, message)
            }
            return
        }
        guard key.row.sections.contains(kind) else {
            report(
                line.number,
                .init("key ").quoting(name).adding(" does not belong in ").adding(kind.header).adding(" but in ")
                    .adding(key.row.sections.headers))
            return
        }
        if section.hasSeen(key), !key.row.repeats {
            report(line.number, .init("key ").quoting(name).adding(" stands twice in its section"))
            return
        }
        section.see(key)
        guard valueRange.count > 0 else {
            report(line.number, .init("key ").quoting(name).adding(" has no value"))
            return
        }
        take(key, pins, kind, valueRange, at: line.number)
    }

    mutating func setSerial(_ line: Int, _ value: Span<UInt8>) {
        hasSerial = true
        guard let serial = value.decimal, serial > 0 else {
            report(line, .init("serial is a number from 1 to 18446744073709551615; found ").quoting(value))
            return
        }
        settings.serial = serial
    }

    mutating func setEnforcement(_ line: Int, _ value: Span<UInt8>) {
        let enforcement: Enforcement
        if isEqual(value, "enforce") {
            enforcement = .enforce
        } else if isEqual(value, "report-only") {
            enforcement = .reportOnly
        } else if isEqual(value, "off") {
            enforcement = .off
        } else {
            report(line, .init("enforcement is enforce, report-only or off; found ").quoting(value))
            return
        }
        if section.kind == .policy {
            settings.enforcement = enforcement
        } else {
            builder.rules[section.number].enforcement = enforcement
        }
    }

    mutating func setIncludeSubdomains(_ line: Int, _ value: Span<UInt8>) {
        guard let includes = choice(line, value, "no", "yes"), includes else { return }
        let rule = builder.rules[section.number]
        if rule.isWildcard {
            report(line, .init("a wildcard takes no include-subdomains; pin the parent with include-subdomains = yes"))
        } else if section.isAddress {
            report(line, .init("an IP address has no subdomains"))
        } else {
            builder.rules[section.number].includesSubdomains = true
            settings.hasSubdomainRules = true
        }
    }

    mutating func date(_ line: Int, _ value: Span<UInt8>, _ key: StaticString) -> Int32? {
        if let day = PolicyDate.days(value) { return day }
        report(
            line,
            .init(key).adding(" is a date from 1970-01-01 to 9999-12-31, YYYY-MM-DD; found ").quoting(value))
        return nil
    }

    mutating func setMatch(_ line: Int, _ value: Span<UInt8>) {
        if isEqual(value, "any") {
            builder.rules[section.number].match = .any
        } else if isEqual(value, "leaf") {
            builder.rules[section.number].match = .leaf
        } else if isEqual(value, "ca") {
            builder.rules[section.number].match = .ca
        } else if isEqual(value, "root") {
            builder.rules[section.number].match = .root
        } else {
            report(line, .init("match is any, leaf, ca or root; found ").quoting(value))
        }
    }

    mutating func declareEnvironments(_ line: Int, _ value: Span<UInt8>) {
        var words = Words(value)
        while let name = words.next() {
            guard PolicyName.isValid(name) else {
                report(
                    line,
                    .init("an environment's name is 1 to 63 letters, digits, '-', '_' or '.'; found ").quoting(name))
                return
            }
            guard builder.environmentTable(settings).number(of: name) == nil else {
                report(line, .init("environment ").quoting(name).adding(" stands twice"))
                return
            }
            let number = settings.environmentCount
            guard number < PolicySettings.maximumEnvironments else {
                report(
                    line,
                    .init("a policy declares at most ").adding(PolicySettings.maximumEnvironments).adding(
                        " environments"))
                return
            }
            guard number < builder.environments.count, let start = builder.append(name: name) else {
                return reportCapacity(line)
            }
            builder.environments[number] = EnvironmentName(start: start, length: UInt8(name.count))
            settings.environmentCount += 1
        }
    }

    /// Keeps where the set's name stands; the set may come later in the file.
    mutating func addReference(_ line: Int, _ value: ByteRange) {
        guard PolicyName.isValid(text.extracting(value)) else {
            report(line, .init("pin-set takes the name of one [pin-set]; found ").quoting(text.extracting(value)))
            return
        }
        guard builder.rules[section.number].referenceCount < PolicyLimits.sets else {
            report(line, .init("a rule names at most ").adding(PolicyLimits.sets).adding(" pin sets"))
            return
        }
        guard builder.append(reference: value) else { return reportCapacity(line) }
        builder.rules[section.number].referenceCount += 1
    }

    private mutating func digest(_ line: Int, _ value: Span<UInt8>, _ kind: PinKind) -> Digest? {
        do {
            return try PinValue.digest(of: value, kind: kind)
        } catch {
            report(line, error.message(value))
            return nil
        }
    }

    /// That no key stands twice is seen when all are sorted.
    mutating func addRejectedKey(_ line: Int, _ value: Span<UInt8>, _ kind: PolicySection) {
        guard let digest = digest(line, value, .spki) else { return }
        guard section.rejectedCount < PolicyLimits.rejectedKeys else {
            report(line, .init("a section rejects at most ").adding(PolicyLimits.rejectedKeys).adding(" keys"))
            return
        }
        let rejecting: RejectingSection =
            switch kind {
            case .policy: .policy
            case .pinSet: .set(section.number)
            case .host, .logs, .log: .rule(section.number)
            }
        guard builder.append(RejectedKey(digest, by: rejecting, line: line)) else { return reportCapacity(line) }
        section.rejectedCount += 1
    }

    mutating func addPin(_ line: Int, _ value: Span<UInt8>, _ traits: PinTraits) {
        guard let digest = digest(line, value, traits.kind) else { return }
        guard builder.used.pins - section.firstPin < PolicyLimits.pins else {
            report(line, .init("a section has at most ").adding(PolicyLimits.pins).adding(" pins"))
            return
        }
        for earlier in section.firstPin..<builder.used.pins where builder.digests[earlier] == digest {
            let other = builder.traits[earlier]
            guard other.kind == traits.kind else { continue }
            if other == traits {
                report(line, .init("the pin ").quoting(value).adding(" stands twice in its list"))
                return
            }
            if other.isBackup != traits.isBackup {
                report(
                    line,
                    .init("the pin ").quoting(value)
                        .adding(" is both in use and a backup; a backup is another key, kept safe"))
                return
            }
        }
        guard builder.append(digest, traits) else { return reportCapacity(line) }
    }

    /// They have no part in checks: what looks at CAA records reads them from the text.
    mutating func requireIssuers(_ line: Int, _ value: Span<UInt8>) {
        var words = Words(value)
        while let word = words.next() {
            if let name = HostName(word), !name.isAddress, name.count == word.count { continue }
            report(
                line,
                .init("caa-issuer has the domains by which CAs know themselves in CAA records, such as ")
                    .adding("letsencrypt.org; found ").quoting(word))
            return
        }
    }

    /// False for the first word, true for the second.
    mutating func choice(
        _ line: Int, _ value: Span<UInt8>, _ no: StaticString, _ yes: StaticString
    ) -> Bool? {
        if isEqual(value, no) { return false }
        if isEqual(value, yes) { return true }
        report(line, .init("expected ").adding(no).adding(" or ").adding(yes).adding("; found ").quoting(value))
        return nil
    }

    mutating func number(_ line: Int, _ value: Span<UInt8>, _ range: ClosedRange<UInt64>) -> UInt64? {
        if let number = value.decimal, range.contains(number) { return number }
        report(
            line,
            .init("expected a whole number from ").adding(Int(range.lowerBound)).adding(" to ")
                .adding(Int(range.upperBound)).adding("; found ").quoting(value))
        return nil
    }
}

extension PolicySection {
    var header: StaticString {
        switch self {
        case .policy: "[policy]"
        case .pinSet: "[pin-set]"
        case .host: "[host]"
        case .logs: "[ct-logs]"
        case .log: "[ct-log]"
        }
    }
}

extension PolicySections {
    /// Of keys: of each set of sections that some key stands in.
    var headers: StaticString {
        switch self {
        case .policy: "[policy]"
        case .host: "[host]"
        case .logs: "[ct-logs]"
        case .log: "[ct-log]"
        case [.policy, .host]: "[policy] or [host]"
        case [.policy, .logs]: "[policy] or [ct-logs]"
        case [.pinSet, .host]: "[host] or [pin-set]"
        default: "[policy], [pin-set] or [host]"
        }
    }
}
