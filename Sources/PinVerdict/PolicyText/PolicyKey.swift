/// The sections of a policy file.
enum PolicySection: UInt8 {
    case policy = 1
    case pinSet = 2
    case host = 4

    init?(named name: Span<UInt8>) {
        if isEqual(name, "host") {
            self = .host
        } else if isEqual(name, "pin-set") {
            self = .pinSet
        } else if isEqual(name, "policy") {
            self = .policy
        } else {
            return nil
        }
    }
}

/// The keys of a policy file. Whoever adds one adds a case, its ``row``, and what it does in
/// `PolicyParser+Settings.swift`.
enum PolicyKey: UInt8 {
    case serial, enforcement, unpinnedHosts, environments
    case pinSet, includeSubdomains, expires, onExpiry, rolloutPercent, match, maxDepth, allowSinglePin
    case rejectedPin, pin

    /// Its name, the sections that it may stand in, and whether it may repeat there. A pin's name here is the
    /// part behind its prefixes.
    var row: (name: StaticString, sections: UInt8, repeats: Bool) {
        switch self {
        case .serial: ("serial", 1, false)
        case .enforcement: ("enforcement", 1 | 4, false)
        case .unpinnedHosts: ("unpinned-hosts", 1, false)
        case .environments: ("environments", 1 | 4, false)
        case .pinSet: ("pin-set", 4, true)
        case .includeSubdomains: ("include-subdomains", 4, false)
        case .expires: ("expires", 4, false)
        case .onExpiry: ("on-expiry", 4, false)
        case .rolloutPercent: ("rollout-percent", 4, false)
        case .match: ("match", 4, false)
        case .maxDepth: ("max-depth", 4, false)
        case .allowSinglePin: ("allow-single-pin", 4, false)
        case .rejectedPin: ("rejected-pin-sha256", 1 | 2 | 4, true)
        case .pin: ("pin-sha256", 2 | 4, true)
        }
    }

    func isAllowed(in section: PolicySection) -> Bool { row.sections & section.rawValue != 0 }

    /// The key with this name and, where it is one of the pin keys, what its pins are.
    static func named(_ name: Span<UInt8>) -> (key: PolicyKey, traits: PinTraits)? {
        if let traits = pinTraits(named: name) { return (traits.isRejected ? .rejectedPin : .pin, traits) }
        var number: UInt8 = 0
        while let key = PolicyKey(rawValue: number) {
            if key != .pin, isEqual(name, key.row.name) { return (key, .unused) }
            number += 1
        }
        return nil
    }

    /// `[backup-][leaf-|ca-](pin|key|certificate)-sha256`, or `rejected-pin-sha256`.
    private static func pinTraits(named name: Span<UInt8>) -> PinTraits? {
        guard name.count >= 10, name[name.count - 1] == 0x36 else { return nil }
        if isEqual(name, "rejected-pin-sha256") { return .rejected }
        var rest = name
        let isBackup = rest.starts(with: "backup-")
        if isBackup { rest = rest.extracting(7..<rest.count) }
        var list = PinList.any
        if rest.starts(with: "leaf-") {
            list = .leaf
            rest = rest.extracting(5..<rest.count)
        } else if rest.starts(with: "ca-") {
            list = .ca
            rest = rest.extracting(3..<rest.count)
        }
        guard let kind = PinKind(keyName: rest) else { return nil }
        return PinTraits(kind: kind, list: list, isBackup: isBackup)
    }

    /// The key that the author of an unknown one most likely meant: at most two letters away.
    static func suggestion(for name: Span<UInt8>) -> StaticString? {
        guard name.count <= 32 else { return nil }
        var best: StaticString?
        var bestDistance = 3
        func consider(_ candidate: StaticString) {
            let distance = editDistance(name, candidate.span)
            if distance < bestDistance {
                best = candidate
                bestDistance = distance
            }
        }
        var number: UInt8 = 0
        while let key = PolicyKey(rawValue: number) {
            consider(key.row.name)
            number += 1
        }
        let pinKeys: InlineArray<17, StaticString> = [
            "key-sha256", "certificate-sha256",
            "backup-pin-sha256", "backup-key-sha256", "backup-certificate-sha256",
            "leaf-pin-sha256", "leaf-key-sha256", "leaf-certificate-sha256",
            "ca-pin-sha256", "ca-key-sha256", "ca-certificate-sha256",
            "backup-leaf-pin-sha256", "backup-leaf-key-sha256", "backup-leaf-certificate-sha256",
            "backup-ca-pin-sha256", "backup-ca-key-sha256", "backup-ca-certificate-sha256",
        ]
        for index in pinKeys.indices { consider(pinKeys[index]) }
        return best
    }

    /// Levenshtein's distance of two names of at most 32 bytes.
    private static func editDistance(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        var row = InlineArray<33, Int>(repeating: 0)
        for column in 0...right.count { row[column] = column }
        for line in left.indices {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let substituted = diagonal + (left[line] == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}

extension PinKind {
    init?(keyName: Span<UInt8>) {
        if isEqual(keyName, "pin-sha256") {
            self = .spki
        } else if isEqual(keyName, "key-sha256") {
            self = .key
        } else if isEqual(keyName, "certificate-sha256") {
            self = .certificate
        } else {
            return nil
        }
    }

    /// The policy key for a pin of this kind.
    public var keyName: StaticString {
        switch self {
        case .spki: "pin-sha256"
        case .key: "key-sha256"
        case .certificate: "certificate-sha256"
        }
    }
}
