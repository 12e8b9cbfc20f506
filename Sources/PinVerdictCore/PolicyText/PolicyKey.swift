// SPDX-License-Identifier: Apache-2.0

/// The keys of a policy file. Whoever adds one adds a case, its ``row``, and below what its value does.
enum PolicyKey: UInt8 {
    case serial, enforcement, unpinnedHosts, environments, validUntil, onStale
    case pinSet, includeSubdomains, expires, onExpiry, rolloutPercent, match, maxDepth, allowSinglePin
    case caaIssuer, requireSCTs
    case asOf, maxAge, logKey, logOperator, retired, certificatesUntil
    case rejectedPin, pin

    /// Its name, the sections that it may stand in, and whether it may repeat there. Keys of pins have a name for each
    /// kind and list, which ``PinTraits`` knows.
    var row: (name: StaticString?, sections: PolicySections, repeats: Bool) {
        switch self {
        case .serial: ("serial", .policy, false)
        case .enforcement: ("enforcement", [.policy, .host], false)
        case .unpinnedHosts: ("unpinned-hosts", .policy, false)
        case .environments: ("environments", [.policy, .host], false)
        case .validUntil: ("valid-until", .policy, false)
        case .onStale: ("on-stale", [.policy, .logs], false)
        case .pinSet: ("pin-set", .host, true)
        case .includeSubdomains: ("include-subdomains", .host, false)
        case .expires: ("expires", .host, false)
        case .onExpiry: ("on-expiry", .host, false)
        case .rolloutPercent: ("rollout-percent", .host, false)
        case .match: ("match", .host, false)
        case .maxDepth: ("max-depth", .host, false)
        case .allowSinglePin: ("allow-single-pin", .host, false)
        case .caaIssuer: ("caa-issuer", [.pinSet, .host], false)
        case .requireSCTs: ("require-scts", .host, false)
        case .asOf: ("as-of", .logs, false)
        case .maxAge: ("max-age", .logs, false)
        case .logKey: ("key", .log, false)
        case .logOperator: ("operator", .log, false)
        case .retired: ("retired", .log, false)
        case .certificatesUntil: ("certificates-until", .log, false)
        case .rejectedPin: (nil, [.policy, .pinSet, .host], true)
        case .pin: (nil, [.pinSet, .host], true)
        }
    }

    /// The key with this name and, where it is one of the pin keys, what its pins are.
    static func named(_ name: Span<UInt8>) -> (key: PolicyKey, pins: PinTraits?)? {
        if let traits = PinTraits(keyName: name) { return (traits.isRejected ? .rejectedPin : .pin, traits) }
        var number: UInt8 = 0
        while let key = PolicyKey(rawValue: number) {
            if let own = key.row.name, isEqual(name, own) { return (key, nil) }
            number += 1
        }
        return nil
    }
}

extension PolicyParser {
    /// What each key does with its value, in a section of a kind.
    mutating func take(
        _ key: PolicyKey, _ pins: PinTraits?, _ kind: PolicySection, _ valueRange: ByteRange, at line: Int
    ) {
        let value = text.extracting(valueRange)
        switch key {
        case .serial: setSerial(line, value)
        case .enforcement: setEnforcement(line, value)
        case .unpinnedHosts:
            if let refuses = choice(line, value, "allow", "refuse") { settings.refusesUnpinnedHosts = refuses }
        case .environments where kind == .policy: declareEnvironments(line, value)
        case .environments: builder.drafts.rules[section.number].environments = valueRange
        case .validUntil:
            if let day = date(line, value, "valid-until") { settings.lastDay = day }
        case .onStale where kind == .logs:
            if let refuses = choice(line, value, "allow", "refuse") { settings.refusesOnStaleLogs = refuses }
        case .onStale:
            if let refuses = choice(line, value, "keep", "refuse") { settings.refusesWhenStale = refuses }
        case .pinSet: addReference(line, valueRange)
        case .includeSubdomains: setIncludeSubdomains(line, value)
        case .expires:
            if let day = date(line, value, "expires") { builder.rules[section.number].expiryDay = day }
        case .onExpiry:
            if let refuses = choice(line, value, "allow", "refuse") {
                builder.rules[section.number].refusesOnExpiry = refuses
            }
        case .rolloutPercent:
            if let percent = number(line, value, 0...100) {
                builder.rules[section.number].rolloutPercent = UInt8(percent)
                if percent < 100 { settings.needsInstallID = true }
            }
        case .match: setMatch(line, value)
        case .maxDepth:
            if let depth = number(line, value, 1...UInt64(Limits.certificates)) {
                builder.rules[section.number].maxDepth = UInt8(depth)
            }
        case .allowSinglePin:
            if let allows = choice(line, value, "no", "yes") {
                builder.rules[section.number].allowsSinglePin = allows
            }
        case .caaIssuer: requireIssuers(line, value)
        case .requireSCTs:
            if let count = number(line, value, 1...PolicyLimits.scts) {
                builder.rules[section.number].requiredSCTs = UInt8(count)
            }
        case .asOf:
            if let day = date(line, value, "as-of") { logList.asOf = day }
        case .maxAge:
            if let days = number(line, value, 1...PolicyLimits.logAge) { logList.maxAge = Int32(days) }
        case .logKey: setLogKey(line, value)
        case .logOperator: setLogOperator(line, valueRange)
        case .retired: setRetired(line, value)
        case .certificatesUntil: _ = date(line, value, "certificates-until")
        case .rejectedPin: addRejectedKey(line, value, kind)
        case .pin:
            if let pins { addPin(line, value, pins) }
        }
    }
}
