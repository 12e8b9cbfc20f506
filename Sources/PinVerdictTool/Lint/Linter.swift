// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Looks for what is legal in a policy but unwise. Each topic has a file of its own.
struct Linter {
    let file: PolicyFile
    let now: Moment
    let publicSuffixes: PublicSuffixList?
    let caKeys: CAKeys
    private(set) var findings: [LintFinding] = []
    var notes: [LintNote] = []

    /// Looks at a policy; what it finds is in the order of the lines.
    init(_ file: PolicyFile, _ settings: LintSettings) {
        self.file = file
        now = settings.now
        publicSuffixes = settings.publicSuffixes
        caKeys = settings.caKeys
        check()
    }

    private mutating func check() {
        checkBackups()
        checkExpiry()
        checkEffect()
        checkRejectedKeys()
        checkPublicSuffixes()
        checkSharedPins()
        checkUse()
        checkCAKeys()
        checkLeaves()
        checkLogs()
        findings.sort { ($0.line ?? 0, $0.message) < ($1.line ?? 0, $1.message) }
    }

    mutating func warn(_ code: LintCode, _ line: Int?, _ message: String) {
        findings.append(LintFinding(severity: .warning, line: line, code: code, message: message))
    }

    /// The line of a rule's key, else of its header.
    func line(_ key: String, ofRule number: Int) -> Int? {
        let section = file.lines.rule(number)
        return file.lines.setting(key, in: section)?.line ?? section?.line
    }

    func line(ofRule number: Int) -> Int? { file.lines.rule(number)?.line }

    /// "[host api.example.com]"
    func name(ofRule number: Int) -> String {
        let shared = file.shared
        let policy = shared.policy
        return "[host \(String(policy.pattern(of: policy.rules[number]).span))]"
    }

    /// "[pin-set api]"
    func name(ofSet number: Int) -> String { "[pin-set \(file.lines.setName(number))]" }

    /// The numbers of a rule's pins, those of its sets included.
    func pinNumbers(of rule: Rule) -> [Int] {
        let shared = file.shared
        var numbers: [Int] = []
        shared.policy.forEachPin(of: rule) { number, _ in numbers.append(number) }
        return numbers
    }
}
