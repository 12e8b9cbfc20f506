// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Explanation {
    var members: [(name: String, value: JSON)] {
        let policy = file.shared.policy
        let search = RuleSearch(host, environment, in: policy)
        let demands = search.decision.map { RuleDemands(ofRule: $0, in: file) }
        return [
            ("host", .string(String(host.text.span))),
            ("environment", JSON(environmentName)),
            ("rule", JSON(search.decision.map(pattern))),
            ("line", JSON(search.decision.flatMap { file.lines.rule($0)?.line })),
            (
                "candidates",
                .array(
                    search.candidates.map { candidate in
                        .object([
                            ("pattern", .string(candidate.pattern)), ("kind", .string("\(candidate.kind)")),
                            ("answer", .string(candidate.answer.name)),
                            ("line", JSON(candidate.rule.flatMap { file.lines.rule($0)?.line })),
                        ])
                    })
            ),
            ("policy_enforcement", .string(policy.settings.enforcement.name)),
            ("unpinned_hosts", .string(policy.settings.refusesUnpinnedHosts ? "refuse" : "allow")),
            ("demands", demands?.json ?? .null),
            ("expired", demands.map { .bool($0.isExpired(at: now)) } ?? .null),
        ]
    }
}
