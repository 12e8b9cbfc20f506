// SPDX-License-Identifier: Apache-2.0

extension LintFinding {
    /// That checkers which have the deployed policy would refuse another one, for its serial; nil where they take it.
    static func serialNotRaised(from old: PolicyFile, to new: PolicyFile) -> LintFinding? {
        let (serial, deployed) = (new.shared.settings.serial, old.shared.settings.serial)
        guard serial <= deployed, old.file.bytes != new.file.bytes else { return nil }
        return LintFinding(
            severity: .warning, line: new.lines.setting("serial", in: new.lines.policy)?.line, code: .serialNotRaised,
            message:
                "serial = \(serial) has to rise above \(deployed), that of the deployed policy: checkers that have it "
                + "refuse this one; going back to an earlier policy takes a new serial, too")
    }
}
