// SPDX-License-Identifier: Apache-2.0

/// A rule made of what was seen of a host.
struct DraftedRule {
    private let host: ObservedHost
    /// The leaf's where some path has nothing behind it.
    private let choice: ProposalChoice
    /// Those that are pinned, the most frequent first; a key that ends paths at several depths once.
    private let pinned: [ObservedKey]
    private let others: [ObservedKey]
    /// Keys of leaves that several hosts have.
    private let sharedLeaves: Set<PinKey>

    /// A rule has no more pins.
    private static let maximumPins = 256
    /// Of those that are not pinned, so many are told in the policy.
    private static let maximumOthers = 16

    init(_ choice: ProposalChoice, for host: ObservedHost, sharedLeaves: Set<PinKey>) {
        self.host = host
        self.sharedLeaves = sharedLeaves
        self.choice = host.hasPathWithoutCA ? .leaf : choice
        let isLeaf = self.choice == .leaf
        var pins: Set<PinKey> = []
        var pinned: [ObservedKey] = []
        var others: [ObservedKey] = []
        for key in host.keys.sorted(by: { $0.seen.checks > $1.seen.checks }) {
            if isLeaf ? key.depth == 0 : key.last.checks > 0 {
                if pins.insert(PinKey(key.pin, .spki)).inserted { pinned.append(key) }
            } else {
                others.append(key)
            }
        }
        self.pinned = pinned
        self.others = others
    }

    /// Whether each path that was seen has one of the pins.
    var isWhole: Bool { !host.isCrowded && !pinned.isEmpty && pinned.count <= DraftedRule.maximumPins }

    private var seen: Sightings { host.seen }

    /// What is to be looked at before the rule is used.
    private var notes: [String] {
        var notes: [String] = []
        let leaves = host.keys.count { $0.depth == 0 }
        if leaves > 1 {
            notes.append(
                "\(leaves) keys of leaves: servers of this name have keys of their own, or one was replaced meanwhile")
        }
        if pinned.count > 1, choice == .ca {
            notes.append("\(pinned.count) keys at the ends of paths: all have to stay, or some servers are refused")
        }
        if host.isTruncated { notes.append("some paths are cut short: the last key that is known may be no root") }
        if !isWhole { notes.append("more keys than a rule may have pins: none is pinned here") }
        return notes
    }

    private func sightings(_ key: ObservedKey) -> String {
        host.isShared(key) ? "on every path" : "in \(key.seen.checks) of \(seen.checks) checks, \(key.seen.days)"
    }

    private func warnings(_ key: ObservedKey) -> [String] {
        var warnings: [String] = []
        if key.seen.checks == 1 { warnings.append("seen once: make sure that it is the server's") }
        if key.seen.expected == 0 {
            warnings.append("seen only where a policy refused it, or would have: the server's, or somebody's between?")
        }
        if key.depth == 0, sharedLeaves.contains(PinKey(key.pin, .spki)) {
            warnings.append("other hosts show the same key as their leaf's")
        }
        return warnings
    }

    /// The section; comments alone where there is none.
    var text: String {
        var lines = ["# \(host.name): \(counted(seen.checks)), \(seen.days)"] + notes.map { "# \($0)" }
        lines += others.prefix(DraftedRule.maximumOthers).map { "# not pinned: \($0.words): \(sightings($0))" }
        if others.count > DraftedRule.maximumOthers {
            lines.append("# and \(others.count - DraftedRule.maximumOthers) more that are not pinned")
        }
        guard isWhole else { return lines.map { $0 + "\n" }.joined() }
        lines.append("[host \(host.name)]")
        for key in pinned {
            lines.append("# \(key.words): \(sightings(key))")
            lines += warnings(key).map { "# \($0)" }
            lines.append("\(choice.pinKey) = \(key.pin.base64)")
        }
        lines += ["# no backup is known: losing one key would lock everyone out", "allow-single-pin = yes"]
        return lines.map { $0 + "\n" }.joined()
    }

    private func counted(_ checks: UInt64) -> String { "\(checks) check\(checks == 1 ? "" : "s")" }

    var json: JSON {
        let keys = host.keys.map { key in
            let isPinned = isWhole && pinned.contains { $0.pin == key.pin && $0.depth == key.depth }
            return JSON.object(
                [
                    ("depth", .integer(key.depth)), ("subject", .string(key.subject)),
                    ("algorithm", .string(key.algorithm)), ("pin", .string(key.pin.base64)),
                ] + key.seen.json
                    + [
                        ("on_every_path", .bool(host.isShared(key))), ("pinned", .bool(isPinned)),
                        ("notes", .array(warnings(key).map { .string($0) })),
                    ])
        }
        return .object(
            [("host", .string(host.name))] + seen.json
                + [("notes", .array(notes.map { .string($0) })), ("keys", .array(keys))])
    }
}
