// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What a policy asks of connections to a host, so that it can be compared with what another one does.
struct HostDemand {
    /// The certificates that pins are looked for in.
    enum Place { case any, leaf, ca, root }

    struct List {
        let pins: Set<PinKey>
        let place: Place
        /// How many certificates count.
        let depth: Int
    }

    /// The number of the rule that decides.
    let rule: Int?
    /// In how many of 100 installations what fails is refused; nil where nothing is looked at.
    let enforcedPercent: Int?
    /// No rule decides, and such hosts are refused.
    let isClosed: Bool
    /// Those that have pins.
    private(set) var lists: [PinList: List] = [:]
    /// The keys that the rule and its sets reject.
    private(set) var rejectedKeys: Set<PinKey> = []
    private(set) var lastDay: Int32?
    private(set) var refusesOnExpiry = false
    /// How many logs SCTs are asked of.
    private(set) var requiredSCTs = 0

    init(of host: HostName, in file: PolicyFile, environment: Int?) {
        let policy = file.shared.policy
        let number = policy.rule(for: host, environment: environment)
        self.init(ofRule: number, in: file)
    }

    /// - Parameter number: nil for hosts without a rule.
    init(ofRule number: Int?, in file: PolicyFile) {
        let policy = file.shared.policy
        let ceiling = policy.settings.enforcement
        rule = number
        guard let number else {
            isClosed = policy.settings.refusesUnpinnedHosts
            enforcedPercent = isClosed ? HostDemand.percent(.enforce, 100, ceiling) : nil
            return
        }
        let rule = policy.rules[number]
        isClosed = false
        enforcedPercent = HostDemand.percent(rule.enforcement, Int(rule.rolloutPercent), ceiling)
        guard enforcedPercent != nil else { return }
        let pins = file.pins(of: rule)
        for list in PinList.all {
            let keys = pins.filter { $0.traits.list == list }.map { PinKey($0.digest, $0.traits.kind) }
            guard !keys.isEmpty else { continue }
            let place = HostDemand.place(list, rule.match)
            let hasDepth = rule.maxDepth > 0 && place != .leaf
            lists[list] = List(
                pins: Set(keys), place: place, depth: hasDepth ? Int(rule.maxDepth) : Limits.certificates)
        }
        rejectedKeys = Set(file.rejectedKeys(ofRule: number).map { PinKey($0.digest, .spki) })
        lastDay = rule.expiryDay < 0 ? nil : rule.expiryDay
        refusesOnExpiry = rule.refusesOnExpiry
        requiredSCTs = Int(rule.requiredSCTs)
    }

    private static func percent(_ enforcement: Enforcement, _ rollout: Int, _ ceiling: Enforcement) -> Int? {
        switch (enforcement, ceiling) {
        case (.off, _), (_, .off): nil
        case (.reportOnly, _), (_, .reportOnly): 0
        case (.enforce, .enforce): rollout
        }
    }

    private static func place(_ list: PinList, _ match: Match) -> Place {
        switch (list, match) {
        case (.leaf, _), (_, .leaf): .leaf
        case (_, .root): .root
        case (.ca, _), (_, .ca): .ca
        case (.any, .any): .any
        }
    }
}
