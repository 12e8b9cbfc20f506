// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Logs that cannot give what rules ask for, or soon will not, and a list of them that is too old.
extension Linter {
    /// A log of the policy, and until when it has certificates that are valid.
    private struct Log {
        let operatorNumber: UInt8
        let retired: Int64
        let end: Int64
    }

    mutating func checkLogs() {
        let shared = file.shared
        let policy = shared.policy
        let asking = policy.rules.indices.filter {
            policy.rules[$0].requiredSCTs > 0 && policy.rules[$0].enforcement != .off
        }
        guard !asking.isEmpty else { return }
        checkAge(policy.settings)
        let logs = logs(policy)
        for number in asking {
            let required = Int(policy.rules[number].requiredSCTs)
            checkEnds(number, required, logs)
            if required == 1 {
                warn(
                    .oneOperator, line("require-scts", ofRule: number),
                    "\(name(ofRule: number)) takes the word of one operator; from 2 on there have to be two")
            }
        }
    }

    private mutating func checkAge(_ settings: PolicySettings) {
        guard let end = settings.logsValidUntil, isNear(end) else { return }
        let line = file.lines.setting("max-age", in: file.lines.logList)?.line
        let date = DateText.text(days: Int32(end / 86400 - 1))
        let result = settings.refusesOnStaleLogs ? "hosts with require-scts are refused" : "no SCT is asked for"
        if now.seconds < end {
            warn(.ctLogsStaleSoon, line, "the list of logs is stale after \(date), \(days(until: end)); then \(result)")
        } else {
            warn(.ctLogsStale, line, "the list of logs has been stale since the end of \(date): \(result)")
        }
    }

    private func logs(_ policy: borrowing Policy) -> [Log] {
        var logs: [Log] = []
        for number in 0..<policy.logs.count {
            let log = policy.logs[number]
            let value = file.lines.setting("certificates-until", in: file.lines.log(number))?.value
            let day = value.flatMap { PolicyDate.days(Array($0.utf8).span) }
            logs.append(
                Log(
                    operatorNumber: log.operatorNumber, retired: log.retired,
                    end: day.map { Int64($0) * 86400 } ?? .max))
        }
        return logs
    }

    /// What has not expired at some time expires later: from its end on no log has any of it.
    private mutating func checkEnds(_ number: Int, _ required: Int, _ logs: [Log]) {
        func suffice(at time: Int64) -> Bool {
            let open = logs.filter { $0.end > time }
            return open.count >= required && Set(open.map(\.operatorNumber)).count >= min(required, 2)
                && open.contains { $0.retired > time }
        }
        let times = [now.seconds] + logs.flatMap { [$0.end, $0.retired] }.filter { $0 > now.seconds && isNear($0) }
        guard let time = times.filter({ !suffice(at: $0) }).min() else { return }
        let when = time == now.seconds ? "now" : "from \(DateText.text(days: Int32(time / 86400))) on"
        warn(
            .ctLogsEnd, line("require-scts", ofRule: number),
            "\(when), too few logs take certificates that are valid: \(name(ofRule: number)) asks for \(required), by "
                + "certificates-until and retired")
    }
}
