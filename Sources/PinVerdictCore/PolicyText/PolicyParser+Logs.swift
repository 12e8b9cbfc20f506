// SPDX-License-Identifier: Apache-2.0

/// Reads `[ct-logs]` and `[ct-log NAME]`.
extension PolicyParser {
    mutating func openLogs(_ line: PolicyLine, _ argument: ByteRange) {
        section.kind = .logs
        if argument.count > 0 {
            report(line.number, .init("[ct-logs] takes no name; found ").quoting(text.extracting(argument)))
        }
        if logList.line > 0 {
            report(line.number, .init("[ct-logs] stands twice; the first is on line ").adding(logList.line))
        } else {
            logList.line = line.number
        }
    }

    mutating func openLog(_ line: PolicyLine, _ argument: ByteRange) {
        if logList.firstLog == 0 { logList.firstLog = line.number }
        let name = text.extracting(argument)
        let number = builder.used.logs
        guard number < Limits.logs else {
            logList.hasMistake = true
            return report(line.number, .init("a policy has at most ").adding(Limits.logs).adding(" logs"))
        }
        guard number < builder.logs.count, number < builder.drafts.logs.count else {
            return reportCapacity(line.number)
        }
        builder.used.logs += 1
        builder.logs[number] = CTLog()
        builder.drafts.logs[number] = LogDraft(name: argument)
        section.kind = .log
        section.number = number
        guard PolicyName.isValid(name) else {
            return report(
                line.number, .init("a log's name is 1 to 63 letters, digits, '-', '_' or '.'; found ").quoting(name))
        }
        for earlier in 0..<number where isEqual(text.extracting(builder.drafts.logs[earlier].name), name) {
            return report(line.number, .init("log ").quoting(name).adding(" stands twice"))
        }
    }

    mutating func setLogKey(_ line: Int, _ value: Span<UInt8>) {
        guard let info = Base64.octets(of: value), !info.isTruncated, let key = info.withSpan({ CTLogKey($0) }) else {
            return report(
                line, .init("key is a log's SubjectPublicKeyInfo in base64, of a P-256 key; found ").quoting(value))
        }
        guard !key.isPublished else {
            return report(line, .init("the private half of this log's key is public: its SCTs prove nothing"))
        }
        for earlier in 0..<section.number where builder.logs[earlier].key == key {
            let name = text.extracting(builder.drafts.logs[earlier].name)
            return report(line, .init("the key is that of [ct-log ").adding(name).adding("] already"))
        }
        builder.logs[section.number].key = key
    }

    /// Operators have no sections: two spellings of one, but for its letters' case, would pass for two.
    mutating func setLogOperator(_ line: Int, _ value: ByteRange) {
        builder.drafts.logs[section.number].owner = value
        for earlier in 0..<section.number
        where isEqualIgnoringCase(text.extracting(builder.drafts.logs[earlier].owner), text.extracting(value)) {
            builder.logs[section.number].operatorNumber = builder.logs[earlier].operatorNumber
            return
        }
        guard logList.operators < PolicyLimits.operators else {
            return report(
                line, .init("a policy's logs have at most ").adding(PolicyLimits.operators).adding(" operators"))
        }
        builder.logs[section.number].operatorNumber = UInt8(truncatingIfNeeded: logList.operators)
        logList.operators += 1
    }

    mutating func setRetired(_ line: Int, _ value: Span<UInt8>) {
        guard let time = PolicyDate.seconds(value) else {
            return report(line, .init("retired is a time in UTC, YYYY-MM-DDThh:mm:ssZ; found ").quoting(value))
        }
        builder.logs[section.number].retired = time
    }

    mutating func closeLogs(hasMistake: Bool) {
        if hasMistake { logList.hasMistake = true }
        if section.kind == .log {
            guard !section.hasSeen(.logKey) || !section.hasSeen(.logOperator) else { return }
            report(section.line, .init("a [ct-log] needs key and operator"))
        } else {
            if logList.asOf >= 0, logList.maxAge > 0 { settings.lastLogDay = logList.asOf + logList.maxAge }
            guard !section.hasSeen(.asOf) || !section.hasSeen(.maxAge) || !section.hasSeen(.onStale) else { return }
            report(section.line, .init("[ct-logs] needs as-of, max-age, and on-stale = allow or on-stale = refuse"))
        }
        logList.hasMistake = true
    }

    mutating func checkLogs() {
        guard logList.firstLog > 0, logList.line == 0 else { return }
        logList.hasMistake = true
        report(logList.firstLog, .init("a [ct-log] needs [ct-logs], which says how old the list of logs may become"))
    }

    private func isEqualIgnoringCase(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in one.indices where one[index].lowercased != other[index].lowercased { return false }
        return true
    }
}

/// What is known of the list of logs as a whole until a policy is read.
struct LogList {
    /// Of `[ct-logs]`, and of the first `[ct-log]`; 0 for none.
    var line = 0
    var firstLog = 0
    /// -1 and 0 as long as they are not known.
    var asOf: Int32 = -1
    var maxAge: Int32 = 0
    var operators = 0
    /// Some line could not be read: what the list lacks may stand there.
    var hasMistake = false
}
