// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The rules that could decide for a host, in the order in which a check looks for them, and why each does or
/// does not.
struct RuleSearch {
    enum Answer {
        case decides
        case absent
        /// Rules exist in these environments alone.
        case elsewhere([String])
        case withoutSubdomains
        /// It would have an answer, but an earlier rule decides alone.
        case notAsked
    }

    struct Candidate {
        let pattern: String
        let kind: HostCandidates.Kind
        let answer: Answer
        /// The rule's number, where there is one.
        let rule: Int?
    }

    private(set) var candidates: [Candidate] = []
    /// The number of the rule that decides.
    let decision: Int?

    init(_ host: HostName, _ environment: Int?, in policy: borrowing Policy) {
        decision = policy.rule(for: host, environment: environment)
        let text = host.text
        var names = HostCandidates(text.span, isAddress: host.isAddress)
        while let name = names.next() {
            let (answer, rule) = answer(names.kind, name, environment, policy)
            let prefix = names.kind == .wildcard ? "*." : ""
            candidates.append(
                Candidate(pattern: prefix + String(name), kind: names.kind, answer: answer, rule: rule))
        }
    }

    /// What a check would find, and the rule's number.
    private func answer(
        _ kind: HostCandidates.Kind, _ name: Span<UInt8>, _ environment: Int?, _ policy: borrowing Policy
    ) -> (Answer, Int?) {
        switch policy.hosts.answer(kind, name, environment) {
        case .absent:
            return (.absent, nil)
        case .elsewhere(let number):
            // The host may have several sections.
            let environments = (0..<policy.environmentCount).filter { environment in
                policy.find(name, isWildcard: kind == .wildcard, environment: environment)
                    .map { policy.exists(policy.rules[$0], in: environment) } ?? false
            }
            return (.elsewhere(environments.map { String(policy.environmentName($0)) }), number)
        case .withoutSubdomains(let number):
            return (.withoutSubdomains, number)
        case .decides(let number):
            return (number == decision ? .decides : .notAsked, number)
        }
    }
}

extension HostCandidates.Kind {
    var words: String {
        switch self {
        case .exact: "exact name"
        case .wildcard: "one-label wildcard"
        case .ancestor: "ancestor"
        }
    }
}

extension RuleSearch.Answer {
    /// A line's end; the rule's place stands before it where there is a rule.
    var words: String {
        switch self {
        case .decides: "decides"
        case .absent: "there is none"
        case .elsewhere(let names): "exists in \(names.joined(separator: ", ")) only"
        case .withoutSubdomains: "has no include-subdomains"
        case .notAsked: "not asked: an earlier one decides, alone"
        }
    }

    /// For programs.
    var name: String {
        switch self {
        case .decides: "decides"
        case .absent: "absent"
        case .elsewhere: "other-environment"
        case .withoutSubdomains: "no-include-subdomains"
        case .notAsked: "not-asked"
        }
    }
}
