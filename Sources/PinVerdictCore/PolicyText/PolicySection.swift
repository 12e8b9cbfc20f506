// SPDX-License-Identifier: Apache-2.0

/// The sections of a policy file.
enum PolicySection: UInt8 {
    case policy, pinSet, host, logs, log

    init?(named name: Span<UInt8>) {
        if isEqual(name, "host") {
            self = .host
        } else if isEqual(name, "pin-set") {
            self = .pinSet
        } else if isEqual(name, "policy") {
            self = .policy
        } else if isEqual(name, "ct-log") {
            self = .log
        } else if isEqual(name, "ct-logs") {
            self = .logs
        } else {
            return nil
        }
    }
}

/// The sections that a key may stand in: a bit for each.
struct PolicySections: OptionSet {
    let rawValue: UInt8
    static var policy: PolicySections { PolicySections(rawValue: 1 << 0) }
    static var pinSet: PolicySections { PolicySections(rawValue: 1 << 1) }
    static var host: PolicySections { PolicySections(rawValue: 1 << 2) }
    static var logs: PolicySections { PolicySections(rawValue: 1 << 3) }
    static var log: PolicySections { PolicySections(rawValue: 1 << 4) }

    func contains(_ section: PolicySection) -> Bool { rawValue & 1 << section.rawValue != 0 }
}
