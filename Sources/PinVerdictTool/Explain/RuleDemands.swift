// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What a rule demands of a path, for people and for programs.
struct RuleDemands {
    let rule: Rule
    let policySettings: PolicySettings
    /// The rule's pins, by list, in the order of ``PinList``; lists without pins are left out.
    let lists: [(list: PinList, pins: [PolicyPin])]
    /// The rule's and the policy's.
    let rejectedKeys: [PolicyPin]
    private let rejectsForEveryHost: Bool

    init(ofRule number: Int, in file: PolicyFile) {
        let shared = file.shared
        rule = shared.policy.rules[number]
        policySettings = file.shared.settings
        let pins = file.pins(of: rule)
        lists = PinList.all.compactMap { list in
            let members = pins.filter { $0.traits.list == list }
            return members.isEmpty ? nil : (list, members)
        }
        rejectedKeys = file.rejectedKeys(ofRule: number) + file.rejectedKeys
        rejectsForEveryHost = !file.rejectedKeys.isEmpty
    }

    /// The certificates that the pins of a list are looked for in.
    func place(of list: PinList) -> String {
        let place =
            switch (rule.match, list) {
            case (.leaf, _), (_, .leaf): "the leaf"
            case (.root, _): "the root, the last certificate of a path of two or more,"
            case (.ca, _), (_, .ca): "a certificate behind the leaf"
            case (.any, .any): "any certificate of the path"
            }
        guard rule.maxDepth > 0, rule.match != .leaf, list != .leaf else { return place }
        return "\(place), among the first \(rule.maxDepth),"
    }

    var enforcement: [String] {
        if policySettings.enforcement == .off { return ["off, by [policy]: every connection is allowed"] }
        guard policySettings.enforcement == .enforce || rule.enforcement == .off else {
            return ["report-only, by [policy]: what fails is allowed and reported"]
        }
        let rollout = "what fails is refused in \(rule.rolloutPercent) of 100 installations, and reported in the others"
        let own: String
        switch rule.enforcement {
        case .off: own = "off: every connection to the host is allowed"
        case .reportOnly: own = "report-only: what fails is allowed and reported"
        case .enforce where rule.rolloutPercent < 100: own = rollout
        case .enforce: return ["what fails is refused"]
        }
        let outcome = policySettings.enforcement == .enforce ? "refused" : "reported"
        return rejectsForEveryHost ? [own, "the keys that [policy] rejects are \(outcome) all the same"] : [own]
    }

    /// Nil for pins that do not expire.
    var expiry: String? {
        guard rule.expiryDay >= 0 else { return nil }
        let outcome = rule.refusesOnExpiry ? "refused" : "allowed"
        return "until the end of \(DateText.text(days: rule.expiryDay)), UTC; after that every connection is \(outcome)"
    }

    /// Nil for rules that ask for none.
    var scts: [String]? {
        guard rule.requiredSCTs > 0, let lastLogDay else { return nil }
        let operators = rule.requiredSCTs > 1 ? ", of two operators or more" : ""
        let outcome = policySettings.refusesOnStaleLogs ? "every connection is refused" : "none is asked for"
        return [
            "the certificate has SCTs of \(counted(Int(rule.requiredSCTs), "log"))\(operators)",
            "  until the end of \(lastLogDay), UTC; after that the list of logs is stale, and \(outcome)",
        ]
    }

    /// The last day of the policy's list of logs.
    private var lastLogDay: String? {
        policySettings.logsValidUntil.map { DateText.text(days: Int32($0 / 86400 - 1)) }
    }

    func isExpired(at now: Moment) -> Bool {
        rule.expiry.map { now.seconds >= $0 } ?? false
    }

    var json: JSON {
        .object([
            ("enforcement", .string(rule.enforcement.name)),
            ("policy_enforcement", .string(policySettings.enforcement.name)),
            ("rollout_percent", .integer(Int(rule.rolloutPercent))),
            ("match", .string(rule.match.name)),
            ("max_depth", JSON(rule.maxDepth == 0 ? nil : Int(rule.maxDepth))),
            ("expires", JSON(rule.expiryDay < 0 ? nil : DateText.text(days: rule.expiryDay))),
            ("on_expiry", rule.expiryDay < 0 ? .null : .string(rule.refusesOnExpiry ? "refuse" : "allow")),
            ("require_scts", JSON(rule.requiredSCTs == 0 ? nil : Int(rule.requiredSCTs))),
            ("ct_logs_until", JSON(rule.requiredSCTs == 0 ? nil : lastLogDay)),
            (
                "on_stale_ct_logs",
                rule.requiredSCTs == 0 ? .null : .string(policySettings.refusesOnStaleLogs ? "refuse" : "allow")
            ),
            (
                "lists",
                .array(
                    lists.map { list in
                        .object([("list", .string("\(list.list)")), ("pins", .array(list.pins.map(\.json)))])
                    })
            ),
            ("rejected", .array(rejectedKeys.map(\.json))),
        ])
    }
}
