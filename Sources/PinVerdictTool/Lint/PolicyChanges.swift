// SPDX-License-Identifier: Apache-2.0

import PinVerdict

/// What a policy says otherwise than the one that is deployed, section by section.
struct PolicyChanges {
    struct Section {
        let name: String
        /// In the new policy; nil where it is gone.
        let line: Int?
        let isNew: Bool
        /// "- " and "+ " before what only the deployed policy and only the new one says.
        let lines: [String]
    }

    private let sections: [Section]
    /// That checkers would refuse the policy.
    let finding: LintFinding?

    init(from old: PolicyFile, to new: PolicyFile) {
        let (before, after) = (Self.sections(of: old), Self.sections(of: new))
        sections = Set(before.keys).union(after.keys).sorted().compactMap { name in
            let (old, new) = (before[name], after[name])
            let gone = (old?.settings ?? []).filter { !(new?.settings ?? []).contains($0) }
            let come = (new?.settings ?? []).filter { !(old?.settings ?? []).contains($0) }
            guard old == nil || new == nil || !gone.isEmpty || !come.isEmpty else { return nil }
            return Section(
                name: name, line: new?.line, isNew: old == nil,
                lines: gone.map { "- " + $0 } + come.map { "+ " + $0 })
        }
        let (serial, deployed) = (new.shared.settings.serial, old.shared.settings.serial)
        guard serial <= deployed, old.file.bytes != new.file.bytes else {
            finding = nil
            return
        }
        finding = LintFinding(
            severity: .warning, line: new.lines.setting("serial", in: new.lines.policy)?.line, code: .serialNotRaised,
            message:
                "serial = \(serial) has to rise above \(deployed), that of the deployed policy: checkers that have it "
                + "refuse this one; going back to an earlier policy takes a new serial, too")
    }

    func text(_ fileName: String) -> String {
        if sections.isEmpty { return "\(fileName): no host is pinned otherwise than by the deployed policy\n" }
        return sections.map { section in
            let state = section.line == nil ? "is gone" : section.isNew ? "is new" : "has changed"
            return "\(Place.text(fileName, section.line)): \(section.name) \(state) since the deployed policy\n"
                + section.lines.map { "    \($0)\n" }.joined()
        }.joined()
    }

    var json: JSON {
        .array(
            sections.map { section in
                .object([
                    ("section", .string(section.name)), ("line", JSON(section.line)),
                    ("lines", .array(section.lines.map { .string($0) })),
                ])
            })
    }

    /// `[policy]` and the rules of a policy, each with what it says, sets resolved. Rules of one host have the
    /// environments beside their names.
    private static func sections(of file: PolicyFile) -> [String: (line: Int?, settings: [String])] {
        let shared = file.shared
        let policy = shared.policy
        let settings = policy.settings
        var sections: [String: (line: Int?, settings: [String])] = [:]
        sections["[policy]"] = (
            file.lines.policy?.line,
            [
                "enforcement = \(settings.enforcement.name)",
                "unpinned-hosts = \(settings.refusesUnpinnedHosts ? "refuse" : "allow")",
            ] + pins(file.rejectedKeys)
        )
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            let environments = (0..<policy.environmentCount).filter { policy.exists(rule, in: $0) }
                .map { String(policy.environmentName($0)) }.joined(separator: " ")
            let place = policy.isRestricted(rule) ? " in \(environments)" : ""
            sections["[host \(String(policy.pattern(of: rule).span))]\(place)"] = (
                file.lines.rule(number)?.line,
                RuleDemands(ofRule: number, in: file).settings + pins(file.pins(of: rule))
                    + pins(file.rejectedKeys(ofRule: number))
            )
        }
        return sections
    }

    private static func pins(_ pins: [PolicyPin]) -> [String] {
        pins.map { "\($0.key) = \($0.digest.base64)" }
    }
}
