// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Rules and sets that one lost key would lock everyone out of.
extension Linter {
    mutating func checkBackups() {
        let shared = file.shared
        let policy = shared.policy
        // Sets whose every user sees to a backup by itself: the parser asks that of all rules that do not waive it.
        var isWaived = [Bool](repeating: false, count: policy.setCount)
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard rule.allowsSinglePin, rule.enforcement != .off else { continue }
            for index in 0..<policy.setCount(of: rule) { isWaived[policy.setNumber(index, of: rule)] = true }
            let line = line("allow-single-pin", ofRule: number)
            if hasBackups(rule, policy) {
                warn(.needless, line, "\(name(ofRule: number)) has backups and needs no allow-single-pin")
            } else {
                warn(.noBackup, line, "\(name(ofRule: number)) has no backup: losing one key would lock everyone out")
            }
        }
        for set in 0..<policy.setCount where isWaived[set] {
            let pins = policy.pins(ofSet: set).map { policy.traits(ofPin: $0) }
            guard !pins.isEmpty, !pins.contains(where: \.isBackup) else { continue }
            warn(.noBackup, file.lines.set(set)?.line, "\(name(ofSet: set)) has no backup")
        }
    }

    /// Whether each list has, of some kind, a backup and another pin beside it.
    private func hasBackups(_ rule: Rule, _ policy: borrowing Policy) -> Bool {
        var pins: [(digest: Digest, traits: PinTraits)] = []
        for number in pinNumbers(of: rule) { pins.append((policy.digest(ofPin: number), policy.traits(ofPin: number))) }
        return PinList.all.allSatisfy { list in
            let members = pins.filter { $0.traits.list == list }
            return members.isEmpty
                || members.contains { backup in
                    backup.traits.isBackup
                        && members.contains { $0.traits.kind == backup.traits.kind && $0.digest != backup.digest }
                }
        }
    }
}
