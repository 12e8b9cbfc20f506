import PinVerdict

/// The rules that could decide for a host, in the order in which a check looks for them, and why each does or
/// does not.
struct RuleSearch {
    enum Kind: String {
        case exact = "exact name"
        case wildcard = "one-label wildcard"
        case ancestor = "ancestor"
    }

    enum Answer {
        case decides
        case absent
        /// The rule exists in these environments alone.
        case elsewhere([String])
        case withoutSubdomains
        /// It would have an answer, but an earlier rule decides alone.
        case notAsked
    }

    struct Candidate {
        let pattern: String
        let kind: Kind
        let answer: Answer
        /// The rule's number, where there is one.
        let rule: Int?
    }

    private(set) var candidates: [Candidate] = []
    /// The number of the rule that decides.
    let decision: Int?

    init(_ host: HostName, _ environment: Int?, in policy: borrowing Policy) {
        decision = policy.rule(for: host, environment: environment)
        add(.exact, host.text.span, environment, policy)
        guard !host.isAddress else { return }
        var isParent = true
        for position in 0..<host.text.count where host.text[position] == 0x2e {
            let ancestor = host.text.span.extracting((position + 1)..<host.text.count)
            if isParent { add(.wildcard, ancestor, environment, policy) }
            isParent = false
            add(.ancestor, ancestor, environment, policy)
        }
    }

    private mutating func add(_ kind: Kind, _ name: Span<UInt8>, _ environment: Int?, _ policy: borrowing Policy) {
        let number = policy.find(name, isWildcard: kind == .wildcard)
        candidates.append(
            Candidate(
                pattern: (kind == .wildcard ? "*." : "") + String(name), kind: kind,
                answer: answer(kind, number, environment, policy), rule: number))
    }

    private func answer(_ kind: Kind, _ number: Int?, _ environment: Int?, _ policy: borrowing Policy) -> Answer {
        guard let number else { return .absent }
        let rule = policy.rules[number]
        guard policy.exists(rule, in: environment) else {
            let names = (0..<policy.environmentCount).filter { policy.exists(rule, in: $0) }
            return .elsewhere(names.map { String(policy.environmentName($0)) })
        }
        if kind == .ancestor, !rule.includesSubdomains { return .withoutSubdomains }
        return number == decision ? .decides : .notAsked
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
