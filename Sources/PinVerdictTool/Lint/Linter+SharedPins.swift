// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Keys that are in more places than one.
extension Linter {
    mutating func checkSharedPins() {
        checkInUseAndBackup()
        checkUnrelatedHosts()
    }

    /// Within one rule this is a mistake, which the parser finds.
    private mutating func checkInUseAndBackup() {
        let shared = file.shared
        let policy = shared.policy
        var firstInUse: [PinKey: Int] = [:]
        for pin in 0..<policy.pinCount {
            let traits = policy.traits(ofPin: pin)
            guard !traits.isBackup else { continue }
            let key = PinKey(policy.digest(ofPin: pin), traits.kind)
            if firstInUse[key] == nil { firstInUse[key] = pin }
        }
        for pin in 0..<policy.pinCount {
            let traits = policy.traits(ofPin: pin)
            guard traits.isBackup,
                let other = firstInUse[PinKey(policy.digest(ofPin: pin), traits.kind)]
            else { continue }
            let place = file.lines.line(ofPin: other).map { " on line \($0)" } ?? ""
            warn(
                .inUseAndBackup, file.lines.line(ofPin: pin),
                "this backup is in use\(place): a backup is another key, kept safe")
        }
    }

    /// A host that uses pins, and the domain that somebody has registered it under.
    private struct User {
        let domain: String
        let rule: Int
    }

    /// Pins of CAs are shared by nature, so lists and rules that are for CAs alone do not count.
    private mutating func checkUnrelatedHosts() {
        guard let publicSuffixes else { return }
        let shared = file.shared
        let policy = shared.policy
        var users: [PinKey: User] = [:]
        var warned: Set<PinKey> = []
        var setUsers = [User?](repeating: nil, count: policy.setCount)
        var warnedSets = [Bool](repeating: false, count: policy.setCount)
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            // An address says nothing of who owns it, nor does a name of one label.
            guard rule.enforcement != .off, rule.match != .ca, rule.match != .root,
                let domain = publicSuffixes.registrableDomain(String(policy.name(of: rule))),
                HostName(policy.name(of: rule))?.isAddress == false
            else { continue }
            let user = User(domain: domain, rule: number)
            for pin in policy.ownPins(of: rule) {
                let traits = policy.traits(ofPin: pin)
                guard traits.list != .ca else { continue }
                let key = PinKey(policy.digest(ofPin: pin), traits.kind)
                guard let other = users[key] else {
                    users[key] = user
                    continue
                }
                guard other.domain != domain, warned.insert(key).inserted else { continue }
                warnOfSharing("the pin", file.lines.line(ofPin: pin), other, user)
            }
            for index in 0..<policy.setCount(of: rule) {
                let set = policy.setNumber(index, of: rule)
                guard let other = setUsers[set] else {
                    setUsers[set] = user
                    continue
                }
                guard other.domain != domain, !warnedSets[set], hasHostPins(set, policy) else { continue }
                warnedSets[set] = true
                warnOfSharing(name(ofSet: set), file.lines.set(set)?.line, other, user)
            }
        }
    }

    private func hasHostPins(_ set: Int, _ policy: borrowing Policy) -> Bool {
        for pin in policy.pins(ofSet: set) {
            let traits = policy.traits(ofPin: pin)
            if traits.list != .ca { return true }
        }
        return false
    }

    private mutating func warnOfSharing(_ what: String, _ line: Int?, _ first: User, _ second: User) {
        func place(_ user: User) -> String {
            name(ofRule: user.rule) + (self.line(ofRule: user.rule).map { " on line \($0)" } ?? "")
        }
        warn(
            .sharedPin, line,
            "\(what) is shared by unrelated hosts: \(place(first)) and \(place(second)); "
                + "where it is a CA's, say so with a ca- pin or match = ca")
    }
}
