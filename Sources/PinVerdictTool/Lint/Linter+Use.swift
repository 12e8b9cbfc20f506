// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What nothing uses, and what there is too much of.
extension Linter {
    /// More keys than this are more than anybody keeps safe.
    private static let manyPins = 20

    mutating func checkUse() {
        let shared = file.shared
        let policy = shared.policy
        var isUsed = [Bool](repeating: false, count: policy.setCount)
        var usesEnvironments = false
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            for index in 0..<policy.setCount(of: rule) { isUsed[policy.setNumber(index, of: rule)] = true }
            if policy.isRestricted(rule) { usesEnvironments = true }
            warnOfMany(pinNumbers(of: rule).count, line(ofRule: number), name(ofRule: number))
        }
        for set in 0..<policy.setCount where !isUsed[set] {
            warn(.unusedPinSet, file.lines.set(set)?.line, "no rule names \(name(ofSet: set))")
        }
        if policy.environmentCount > 0, !usesEnvironments {
            let line = file.lines.setting("environments", in: file.lines.policy)?.line
            warn(.unusedEnvironments, line, "no rule names an environment; what [policy] declares does nothing")
        }
    }

    private mutating func warnOfMany(_ count: Int, _ line: Int?, _ name: String) {
        guard count > Linter.manyPins else { return }
        warn(.manyPins, line, "\(name) has \(count) pins: whoever gets hold of one of these keys can pose as the host")
    }
}
