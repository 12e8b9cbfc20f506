// SPDX-License-Identifier: Apache-2.0

/// A policy to begin with, made of what servers have today. It does not load until each place of a backup is filled.
struct Proposal {
    private let choice: ProposalChoice
    private let serial: UInt64
    private(set) var rules: [ProposedRule] = []

    /// - Parameter deployed: The policy that is to be followed.
    init(_ choice: ProposalChoice, after deployed: PolicyFile?, at now: Moment) {
        self.choice = choice
        serial = Proposal.serial(after: deployed?.shared.settings.serial ?? 0, at: now)
    }

    /// The day as a number, such as 20261128, unless that has to be higher.
    static func serial(after last: UInt64, at now: Moment) -> UInt64 {
        let day = DateText.text(days: Int32(clamping: max(0, now.seconds) / 86400))
        let today = UInt64(day.filter { $0 != "-" }) ?? 1
        return last < today || last == .max ? today : last + 1
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
        [
            "Proposed by `pinverdict probe --propose \(choice.rawValue)`, from what servers sent and the trust",
            "anchors of that machine vouch for. It does not load until each backup pin is filled in;",
            "`pinverdict lint` says what is left to do. With `enforcement = report-only` in [policy] it reports,",
            "and refuses nothing yet.",
            "",
        ] + choice.advice
    }
}
