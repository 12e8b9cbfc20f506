// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Which rule decides for a host, and what that means.
struct Explanation {
    let file: PolicyFile
    let host: HostName
    let environmentName: String?
    let environment: Int?
    let now: Moment

    var text: String {
        let policy = file.shared.policy
        let search = RuleSearch(host, environment, in: policy)
        var report = Report()
        report.add("host", String(host.text.span))
        if let environmentName {
            let note = environment == nil ? ", which the policy does not ask for" : ""
            report.add("environment", environmentName + note)
        }
        report.add("decided by", decision(search))
        report.addGap()
        let width = search.candidates.map { $0.pattern.count + 7 }.max() ?? 0
        for (number, candidate) in search.candidates.enumerated() {
            let header = "[host \(candidate.pattern)]".padded(to: width)
            let start = candidate.rule.map { "\(place($0)): " } ?? ""
            report.add(
                number == 0 ? "looked for" : "",
                "\(header)  \(candidate.kind.words.padded(to: 18))  \(start)\(candidate.answer.words)")
        }
        guard let number = search.decision else { return report.text }
        report.addGap()
        let demands = RuleDemands(ofRule: number, in: file)
        if policy.settings.enforcement != .off, demands.rule.enforcement != .off {
            demands.write(to: &report, fileName: file.file.name)
            if demands.isExpired(at: now) { report.add("", "they have expired") }
        }
        report.add("enforcement", demands.enforcement)
        return report.text
    }

    private func decision(_ search: RuleSearch) -> [String] {
        let settings = file.shared.settings
        var lines: [String] = []
        if let number = search.decision {
            lines.append("[host \(pattern(number))], \(place(number))")
        } else {
            lines.append(
                settings.refusesUnpinnedHosts
                    ? "no rule: the host is not pinned, and refused, by unpinned-hosts = refuse"
                    : "no rule: the host is not pinned, and allowed")
            if !file.rejectedKeys.isEmpty { lines.append("the keys that [policy] rejects are looked for all the same") }
        }
        switch settings.enforcement {
        case .off: lines.append("[policy] is off: every connection is allowed before a rule is looked for")
        case .reportOnly: lines.append("[policy] is report-only: what fails is allowed and reported")
        case .enforce: break
        }
        return lines
    }

    func pattern(_ number: Int) -> String {
        let policy = file.shared.policy
        return String(policy.pattern(of: policy.rules[number]).span)
    }

    private func place(_ number: Int) -> String { Place.text(file.file.name, file.lines.rule(number)?.line) }
}
