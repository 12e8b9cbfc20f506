// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The text of a policy that was imported, and which line of the imported file each of its lines comes from.
struct ImportedPolicyText {
    private(set) var text = ""
    private var lines: [Int?] = []
    private let policy: ImportedPolicy
    private let pinsInUse: Set<PinKey>

    /// - Parameter pinsInUse: those that are not backups, where the user has said so.
    init(_ policy: ImportedPolicy, from format: String, pinsInUse: Set<PinKey>) {
        self.policy = policy
        self.pinsInUse = pinsInUse
        add("# From \(format).")
        for note in policy.notes + policy.losses.comments { add("# \(note)") }
        if policy.sets.contains(where: guessesBackups) {
            add("# The file does not say which pins are backups: the first of a list is taken to be in use and the")
            add("# others for backups. Import with --in-use PIN where that is not so.")
        }
        add("[policy]")
        add("serial = 1")
        let shared = setsOfSeveralDomains
        for (number, set) in policy.sets.enumerated() where set.users > 1 {
            add("")
            if shared.contains(number) {
                add("# Hosts of several domains share these pins: where their keys differ, give each a set of its own.")
            }
            add("[pin-set \(set.name)]", set.line)
            add(set.pins)
        }
        for host in policy.hosts { add(host) }
    }

    /// Parses the text; throws its mistakes, with their places in the file that was imported.
    func requireValid() throws(Failure) {
        guard policy.hosts.contains(where: { $0.set != nil }) else {
            throw policy.text.mistake(nil, "the file pins no host")
        }
        switch try PolicyFile.read(InputFile("policy", bytes: Array(text.utf8))) {
        case .policy(let file):
            file.shared.release()
        case .mistakes(let mistakes, let more):
            throw Failure(
                mistakes: mistakes.map { mistake in
                    let line = lines.indices.contains(mistake.line - 1) ? lines[mistake.line - 1] : nil
                    return "\(Place.text(policy.text.name, line)): error: \(mistake.message)"
                } + (more > 0 ? ["\(policy.text.name): and \(counted(more, "error")) more"] : []))
        }
    }

    /// Those with more than one pin, used by hosts that nobody has registered together.
    private var setsOfSeveralDomains: Set<Int> {
        let list = PublicSuffixList()
        var domains: [Int: String] = [:]
        var several: Set<Int> = []
        for host in policy.hosts {
            guard let set = host.set, policy.sets[set].pins.count > 1 else { continue }
            let domain = (host.isAddress ? nil : list?.registrableDomain(host.name)) ?? host.name
            if let other = domains.updateValue(domain, forKey: set), other != domain { several.insert(set) }
        }
        return several
    }

    private mutating func add(_ line: String, _ source: Int? = nil) {
        text += line + "\n"
        lines.append(source)
    }

    private mutating func add(_ host: ImportedPolicy.Host) {
        guard let number = host.set else {
            if policy.isCovered(host) {
                addHeader(host)
                add("enforcement = off", host.line)
                if host.includesSubdomains { add("include-subdomains = yes", host.line) }
            } else {
                add("")
                add("# \(host.pattern) is not pinned", host.line)
            }
            return
        }
        let set = policy.sets[number]
        addHeader(host)
        if host.includesSubdomains { add("include-subdomains = yes", host.line) }
        if host.isReportOnly { add("enforcement = report-only", host.line) }
        if let day = host.lastDay {
            add("expires = \(DateText.text(days: day))", host.line)
            add("on-expiry = allow", host.line)
        }
        if lacksBackup(set) {
            add("# no backup is known: losing one key would lock everyone out", host.line)
            add("allow-single-pin = yes", host.line)
        }
        if set.users > 1 {
            add("pin-set = \(set.name)", host.line)
        } else {
            add(set.pins)
        }
    }

    private mutating func addHeader(_ host: ImportedPolicy.Host) {
        add("")
        add("[host \(host.pattern)]", host.line)
    }

    private mutating func add(_ pins: [ImportedPolicy.Pin]) {
        for pin in pins {
            let traits = PinTraits(kind: .spki, list: pin.list, isBackup: !isInUse(pin, pins))
            let key = traits.keyName
            add("\(String(key.span)) = \(pin.digest.base64)", pin.line)
        }
    }

    /// Those that the user names; of a list in which none is named, the first.
    private func isInUse(_ pin: ImportedPolicy.Pin, _ pins: [ImportedPolicy.Pin]) -> Bool {
        let list = pins.filter { $0.list == pin.list }
        return list.contains(where: isNamed) ? isNamed(pin) : list.first?.digest == pin.digest
    }

    private func isNamed(_ pin: ImportedPolicy.Pin) -> Bool { pinsInUse.contains(PinKey(pin.digest, .spki)) }

    /// Whether the order of its pins tells which are backups, in some list.
    private func guessesBackups(_ set: ImportedPolicy.PinSet) -> Bool {
        PinList.all.contains { list in
            let pins = set.pins.filter { $0.list == list }
            return pins.count > 1 && !pins.contains(where: isNamed)
        }
    }

    private func lacksBackup(_ set: ImportedPolicy.PinSet) -> Bool {
        PinList.all.contains { list in
            let pins = set.pins.filter { $0.list == list }
            return !pins.isEmpty && pins.allSatisfy { isInUse($0, set.pins) }
        }
    }
}
