// SPDX-License-Identifier: Apache-2.0

/// A policy to begin with, made of what servers have today. It does not load until each place of a backup is filled.
struct Proposal {
    private let choice: ProposalChoice
    private let serial: UInt64
    private(set) var rules: [ProposedRule] = []

    /// - Parameter deployed: The policy that is to be followed.
    init(_ choice: ProposalChoice, after deployed: PolicyFile?, at now: Moment) {
        self.choice = choice
        let day = DateText.text(days: Int32(clamping: max(0, now.seconds) / 86400))
        let today = UInt64(day.filter { $0 != "-" }) ?? 1
        let last = deployed?.shared.settings.serial ?? 0
        serial = last < today || last == .max ? today : last + 1
    }

    /// A host has one rule, however many ports.
    mutating func add(_ rule: ProposedRule) {
        guard let place = rules.firstIndex(where: { $0.host == rule.host }) else {
            rules.append(rule)
            return
        }
        rules[place].notes += rule.notes
        for pin in rule.pins where !rules[place].pins.contains(pin) { rules[place].pins.append(pin) }
    }

    var text: String {
        let comments = advice.map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined()
        return comments + "\n[policy]\nserial = \(serial)\n" + rules.map { "\n\($0.text)" }.joined()
    }

    private var advice: [String] {
        let start = [
            "Proposed by `pinverdict probe --propose \(choice.rawValue)`, from what servers sent and the trust",
            "anchors of that machine vouch for. It does not load until each backup pin is filled in;",
            "`pinverdict lint` says what is left to do. With `enforcement = report-only` in [policy] it reports,",
            "and refuses nothing yet.",
            "",
        ]
        switch choice {
        case .leaf:
            return start + [
                "The keys of the servers themselves are pinned: no other key passes, from whatever CA.",
                "What that costs at the next renewal: it has to keep the key (such as certbot --reuse-key), or the",
                "pin of the new key has to be here, and with every client, before the server gets it.",
                "The backup is a key that you make now and keep offline, for the day on which the one in use is lost:",
                "`pinverdict pin` prints its pin.",
            ]
        case .ca:
            return start + [
                "The keys of the CAs at the end of the paths are pinned: every certificate of such a CA for the host",
                "passes, whoever got it.",
                "What that costs at the next renewal: nothing while the CA stays and issues below the same root, with",
                "whatever key; with another CA, or another root of this one, every connection is refused. Pins of",
                "intermediates would be narrower, but CAs replace those without notice.",
                "The backup is the root of another CA that you would go to: `pinverdict pin` prints its pin.",
            ]
        }
    }
}
