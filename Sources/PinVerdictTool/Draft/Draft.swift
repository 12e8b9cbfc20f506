// SPDX-License-Identifier: Apache-2.0

/// What events tell of hosts, as a policy for review. Takes memory by hosts and their keys, not by events.
struct Draft {
    private let choice: ProposalChoice
    private let serial: UInt64
    private var hosts: [ObservedHost] = []
    private var places: [String: Int] = [:]
    private var seen = Sightings()
    /// Events that tell of no key.
    private(set) var withoutPath: UInt64 = 0
    /// Events of paths that no pin may be made of.
    private(set) var unusable: UInt64 = 0

    init(_ choice: ProposalChoice, at now: Moment) {
        self.choice = choice
        serial = Proposal.serial(after: 0, at: now)
    }

    /// Throws what is wrong with the event.
    mutating func add(_ event: ObservedEvent) throws(Failure) {
        guard !event.path.isEmpty else {
            withoutPath += 1
            return
        }
        guard event.isUsable else {
            unusable += 1
            return
        }
        if let place = places[event.host] {
            try hosts[place].add(event)
        } else {
            var host = ObservedHost(event.host)
            try host.add(event)
            places[event.host] = hosts.count
            hosts.append(host)
        }
        seen.add(event)
    }

    private var rules: [DraftedRule] {
        var owners: [PinKey: Int] = [:]
        for key in hosts.flatMap(\.keys) where key.depth == 0 { owners[PinKey(key.pin, .spki), default: 0] += 1 }
        let shared = Set(owners.filter { $0.value > 1 }.keys)
        return hosts.sorted { $0.name < $1.name }.map { DraftedRule(choice, for: $0, sharedLeaves: shared) }
    }

    /// Whether a host can be pinned.
    var isEmpty: Bool { !rules.contains(where: \.isWhole) }

    /// The policy, which loads.
    var text: String {
        let comments = [
            "Drafted by `pinverdict draft --propose \(choice.rawValue)` from what checks saw \(seen.days).",
            "It reports, and refuses nothing. Before it does, go through each key: that it is your server's, and one",
            "that stays; and give each rule a backup in place of its allow-single-pin.",
            "",
        ]
        return (comments + choice.advice).map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined()
            + "\n[policy]\nserial = \(serial)\nenforcement = report-only\n" + rules.map { "\n\($0.text)" }.joined()
    }

    var json: [(name: String, value: JSON)] {
        [
            ("hosts", .array(rules.map(\.json))), ("without_path", .unsigned(withoutPath)),
            ("left_out", .unsigned(unusable)), ("policy", JSON(isEmpty ? nil : text)),
        ]
    }
}
