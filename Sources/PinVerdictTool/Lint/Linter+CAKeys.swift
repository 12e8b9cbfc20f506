// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Pins of certificate authorities that do not hold what they seem to: authorities retire and rotate intermediates
/// without notice, and have several roots.
extension Linter {
    mutating func checkCAKeys() {
        let shared = file.shared
        let policy = shared.policy
        let known = (0..<policy.pinCount).filter {
            caKeys[PinKey(policy.digest(ofPin: $0), policy.traits(ofPin: $0).kind)] != nil
        }
        guard !known.isEmpty else { return }
        checkRetiredKeys(known, policy)
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard rule.enforcement != .off, rule.match != .leaf else { continue }
            let pins = file.pins(of: rule)
            for list in [PinList.any, .ca] {
                checkAuthorities(number, rule, pins.filter { $0.traits.list == list })
            }
        }
    }

    private mutating func checkRetiredKeys(_ pins: [Int], _ policy: borrowing Policy) {
        for pin in pins {
            guard let key = caKeys[PinKey(policy.digest(ofPin: pin), policy.traits(ofPin: pin).kind)],
                key.role == .retired
            else { continue }
            warn(
                .retiredCAKey, file.lines.line(ofPin: pin),
                "the pin is of \(key.name), which \(key.authority) has retired: new certificates are issued by others")
        }
    }

    /// The pins of one list stand for each other: what matters is whether one of them will be there.
    private mutating func checkAuthorities(_ number: Int, _ rule: Rule, _ pins: [PolicyPin]) {
        var pinned: [String: [(pin: PolicyPin, key: CAKey)]] = [:]
        var others = false
        for pin in pins {
            if let key = caKeys[PinKey(pin.digest, pin.traits.kind)] {
                pinned[key.authority, default: []].append((pin, key))
            } else if !pin.traits.isBackup {
                others = true
            }
        }
        // A key of the host's own that is in use holds whatever its authority does.
        guard !others else { return }
        for (authority, members) in pinned.sorted(by: { $0.key < $1.key }) {
            let roots = caKeys.roots(of: authority)
            let missing = roots.filter { root in !members.contains { $0.key.pin == root.pin } }
            let hasRoot = missing.count < roots.count
            if let intermediate = members.first(where: { $0.key.role == .active || $0.key.role == .standby }), !hasRoot
            {
                warn(
                    .rotatingCAKey, intermediate.pin.line,
                    "the pin is of \(intermediate.key.name), an intermediate: \(authority) issues by any of its "
                        + "intermediates, and changes them without notice; pin all of its roots, or a key of your own")
            }
            guard hasRoot, !missing.isEmpty else { continue }
            let first = members.first { $0.key.isRoot }
            let names = CAKey.list(missing)
            if rule.match == .root {
                warn(
                    .rootVaries, line("match", ofRule: number),
                    "which root of \(authority) a path ends with depends on the trust store of the program: "
                        + "\(name(ofRule: number)) has \(first?.key.name ?? "one"), and not \(names)")
            } else {
                warn(
                    .someRoots, first?.pin.line,
                    "\(authority) has other roots than those that \(name(ofRule: number)) pins: \(names)")
            }
        }
    }
}

extension CAKey {
    /// Names for a message, not more than four.
    fileprivate static func list(_ keys: [CAKey]) -> String {
        let names = keys.prefix(4).map(\.name)
        let rest = keys.count - names.count
        return names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
