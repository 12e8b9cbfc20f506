// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The logs of a policy and what becomes of them with age, as far as rules that ask for SCTs depend on it: what a log
/// is called does not matter.
struct LogDemand {
    private struct Log {
        let owner: String
        let retired: Int64
    }

    /// By their ids.
    private var logs: [String: Log] = [:]
    private let end: Int64?
    private let refusesWhenStale: Bool
    /// What a policy says of them.
    private(set) var lines: [String] = []

    init(of file: PolicyFile) {
        let shared = file.shared
        let policy = shared.policy
        end = policy.settings.logsValidUntil
        refusesWhenStale = policy.settings.refusesOnStaleLogs
        guard let end else { return }
        let choice = refusesWhenStale ? "refuse" : "allow"
        lines = ["[ct-logs] until \(DateText.text(days: Int32(end / 86400 - 1))), on-stale = \(choice)"]
        for number in 0..<policy.logs.count {
            func value(_ key: String) -> String? { file.lines.setting(key, in: file.lines.log(number))?.value }
            let id = policy.logs[number].id.base64
            let owner = value("operator")?.lowercased() ?? ""
            logs[id] = Log(owner: owner, retired: policy.logs[number].retired)
            lines.append(
                "[ct-log] id \(id), operator = \(owner)" + (value("retired").map { ", retired = \($0)" } ?? ""))
        }
    }

    /// In what these are looser or stricter than others, for a rule with `require-scts`.
    func reasons(since old: LogDemand) -> [ChangeReason] {
        let common = logs.keys.filter { old.logs[$0] != nil }
        let (come, gone) = (logs.count - common.count, old.logs.count - common.count)
        var reasons: [ChangeReason] = []
        if come > 0 { reasons.append(.looser("SCTs of \(counted(come, "log")) more count")) }
        if gone > 0 { reasons.append(.stricter("SCTs of \(counted(gone, "log")) fewer count")) }
        for (isLater, reason) in [
            (true, ChangeReason.looser("a log is retired later, or not any more")),
            (false, .stricter("a log is retired")),
        ] {
            let changes = common.contains { id in
                guard let before = old.logs[id]?.retired, let after = logs[id]?.retired else { return false }
                return isLater ? after > before : after < before
            }
            if changes { reasons.append(reason) }
        }
        if common.contains(where: { old.logs[$0]?.owner != logs[$0]?.owner }) {
            let words = "a log has another operator"
            reasons += [.looser(words), .stricter(words)]
        }
        return reasons + ageReasons(since: old)
    }

    private func ageReasons(since old: LogDemand) -> [ChangeReason] {
        guard let before = old.end, let after = end else { return [] }
        guard old.refusesWhenStale == refusesWhenStale else {
            return [
                refusesWhenStale
                    ? .stricter("a list of logs that is stale refuses") : .looser("a list of logs that is stale allows")
            ]
        }
        guard before != after else { return [] }
        let words =
            "the list of logs is stale \(after < before ? "earlier" : "later"), and "
            + "\(refusesWhenStale ? "refuses" : "allows") then"
        return [(after < before) == refusesWhenStale ? .stricter(words) : .looser(words)]
    }
}
