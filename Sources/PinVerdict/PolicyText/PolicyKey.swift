// SPDX-License-Identifier: Apache-2.0

/// The keys of a policy file. Whoever adds one adds a case, its ``row``, and what it does in
/// `PolicyParser+Keys.swift`.
enum PolicyKey: UInt8 {
    case serial, enforcement, unpinnedHosts, environments
    case pinSet, includeSubdomains, expires, onExpiry, rolloutPercent, match, maxDepth, allowSinglePin
    case rejectedPin, pin

    /// Its name, the sections that it may stand in, and whether it may repeat there. Keys of pins have a name for each
    /// kind and list, which ``PinTraits`` knows.
    var row: (name: StaticString?, sections: PolicySections, repeats: Bool) {
        switch self {
        case .serial: ("serial", .policy, false)
        case .enforcement: ("enforcement", [.policy, .host], false)
        case .unpinnedHosts: ("unpinned-hosts", .policy, false)
        case .environments: ("environments", [.policy, .host], false)
        case .pinSet: ("pin-set", .host, true)
        case .includeSubdomains: ("include-subdomains", .host, false)
        case .expires: ("expires", .host, false)
        case .onExpiry: ("on-expiry", .host, false)
        case .rolloutPercent: ("rollout-percent", .host, false)
        case .match: ("match", .host, false)
        case .maxDepth: ("max-depth", .host, false)
        case .allowSinglePin: ("allow-single-pin", .host, false)
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

    /// The key that the author of an unknown one most likely meant: at most two letters away.
    static func suggestion(for name: Span<UInt8>) -> ASCIIText<48>? {
        guard name.count <= 32 else { return nil }
        var best: ASCIIText<48>?
        var bestDistance = 3
        func consider(_ candidate: ASCIIText<48>) {
            let distance = editDistance(name, candidate.span)
            if distance < bestDistance {
                best = candidate
                bestDistance = distance
            }
        }
        var number: UInt8 = 0
        while let key = PolicyKey(rawValue: number) {
            if let own = key.row.name {
                var candidate = ASCIIText<48>()
                candidate.append(own)
                consider(candidate)
            }
            number += 1
        }
        consider(PinTraits.rejected.keyName)
        for place in 0..<(2 * PinTraits.classCount) {
            let (classNumber, isBackup) = (place % PinTraits.classCount, place >= PinTraits.classCount)
            guard let kind = PinKind(index: classNumber / PinList.count),
                let list = PinList(index: classNumber % PinList.count)
            else { continue }
            consider(PinTraits(kind: kind, list: list, isBackup: isBackup).keyName)
        }
        return best
    }

    /// Levenshtein's distance of a name and a key.
    private static func editDistance(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        var row = InlineArray<49, Int>(repeating: 0)
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
