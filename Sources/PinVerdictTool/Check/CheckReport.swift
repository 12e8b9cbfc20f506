// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A verdict, and what a person needs to understand it.
struct CheckReport {
    let host: String
    let verdict: Verdict
    let file: PolicyFile
    let chain: CertificateChain
    let circumstances: CheckCircumstances
    let origin: PathOrigin

    /// The certificates in words; of one that cannot be read, why.
    let path: [Result<CertificateSummary, Failure>]
    let demands: RuleDemands?

    init(
        host: String, verdict: Verdict, file: PolicyFile, chain: CertificateChain, circumstances: CheckCircumstances,
        origin: PathOrigin
    ) {
        self.origin = origin
        self.host = host
        self.verdict = verdict
        self.file = file
        self.chain = chain
        self.circumstances = circumstances
        path = chain.certificates.map { certificate in
            Result { () throws(Failure) in try CertificateSummary(certificate, circumstances.backend) }
        }
        demands = verdict.rule.map { RuleDemands(ofRule: $0, in: file) }
    }

    var text: String {
        var report = Report()
        report.add(verdict.isAllowed ? "allow" : "refuse", [headline], colour)
        if let words = origin.presented?.words, !words.isEmpty { report.add("", "\(library): \(failed)\(words)") }
        if isSoftened { report.add("", "allowed all the same, since it is not enforced") }
        report.add("host", host.printable)
        addGrounds(to: &report)
        if verdict.reason.isAboutPath {
            report.addGap()
            addPath(to: &report)
            addDemands(to: &report)
        }
        if !hints.isEmpty {
            report.addGap()
            report.add("perhaps", hints)
        }
        report.addGap()
        if let presented = origin.presented {
            addSent(presented, to: &report)
            if !presented.path.certificates.isEmpty {
                report.add("note", "the path was made of what was sent, and validated, by \(library)")
            }
        } else {
            report.add("note", "the certificates were taken as a path that a TLS library has validated;")
            report.add("", "this command does not validate them")
        }
        return report.text
    }

    private var library: String { String(circumstances.backend.library.span) }

    private var failed: String { verdict.failedDepth.map { "certificate \($0): " } ?? "" }

    /// What a server sent; that something of it is on no path explains pins that are found in vain.
    private func addSent(_ presented: PresentedCheck, to report: inout Report) {
        for (number, certificate) in presented.sent.certificates.enumerated() {
            let summary = try? CertificateSummary(certificate, circumstances.backend)
            let name = summary.map { "\($0.subjectText) (\($0.algorithm))" } ?? "cannot be read"
            let isLost = !presented.path.certificates.isEmpty && !presented.isOnPath(certificate)
            report.add(number == 0 ? "sent" : "", "\(number)  \(name)\(isLost ? ", not on the path" : "")")
        }
    }

    /// Of the answer; what is allowed only since it is not enforced has a colour of its own.
    var colour: Colour { verdict.isAllowed ? isSoftened ? .yellow : .green : .red }

    /// The reason, by its name and in words.
    var headline: String { "\(verdict.reason.name): \(words)" }

    /// Adds the rule, whether it is enforced, and the pin that decided.
    func addGrounds(to report: inout Report) {
        if let rule { report.add("rule", "[host \(rule.pattern)], \(Place.text(file.file.name, rule.line))") }
        if let demands { report.add("enforcement", demands.enforcement) }
        if let isInRollout { report.add("", "this installation is \(isInRollout ? "in" : "not in") the rollout") }
        if let match = verdict.match { report.add(title(verdict.reason), lines(match)) }
        if verdict.isBackup { report.add("rotation", "only backup pins matched: a rotation is under way") }
    }

    /// Adds the pins that were looked for in vain.
    func addDemands(to report: inout Report) {
        guard let demands, verdict.reason == .noMatch else { return }
        report.addGap()
        demands.write(to: &report, fileName: file.file.name, note: note)
    }

    private var words: String {
        switch verdict.reason {
        case .pinsExpired:
            "the rule's pins have expired: \(demands?.expiry ?? "")"
        case .notPinned where !verdict.isAllowed:
            "no rule covers the host, and [policy] says unpinned-hosts = refuse"
        case .enforcementOff where file.shared.settings.enforcement == .off:
            "[policy] is off"
        case .malformedCertificate where chain.count > Limits.certificates:
            "the path has \(chain.count) certificates, and at most \(Limits.certificates) are taken"
        case .extractorsDisagree, .notAPath, .malformedCertificate:
            verdict.failedDepth.map { "\(name($0)): \(verdict.reason.words)" } ?? verdict.reason.words
        case .malformedHostName:
            MalformedHost.message(host)
        default:
            verdict.reason.words
        }
    }

    /// What would have been a refusal.
    var isSoftened: Bool {
        switch verdict.reason {
        case .notPinned: verdict.isAllowed && file.shared.settings.refusesUnpinnedHosts
        case .pinsExpired: verdict.isAllowed && demands?.rule.refusesOnExpiry ?? false
        default: verdict.isAllowed && verdict.reason.isAboutPath
        }
    }

    var rule: (pattern: String, line: Int?)? {
        guard let number = verdict.rule else { return nil }
        let shared = file.shared
        let policy = shared.policy
        return (String(policy.pattern(of: policy.rules[number]).span), file.lines.rule(number)?.line)
    }

    /// Nil where no rollout decides.
    private var isInRollout: Bool? {
        guard let demands, demands.rule.rolloutPercent < 100, demands.rule.enforcement == .enforce,
            demands.policySettings.enforcement == .enforce, verdict.reason != .none
        else { return nil }
        return verdict.isEnforced
    }

    /// What a pin on the path means. Where a rule has several lists, one may be found and another missing.
    private func title(_ reason: Reason) -> String {
        switch reason {
        case .rejectedKey: "rejected"
        case .noMatch: "found"
        default: "pin"
        }
    }

    /// The pin that decided, where it stands, and on which certificate it is.
    private func lines(_ match: PinMatch) -> [String] {
        let pin = pin(of: match)
        let set = pin?.set.map { " [pin-set \($0)]" } ?? ""
        return [
            "\(pin?.key ?? match.kind.name) = \(match.digest.base64)",
            "\(Place.text(file.file.name, pin?.line))\(set)",
            "on \(name(match.depth))",
        ]
    }

    /// The pin of the policy that a match is with.
    func pin(of match: PinMatch) -> PolicyPin? {
        let pins = (demands?.lists.flatMap(\.pins) ?? []) + (demands?.rejectedKeys ?? file.rejectedKeys)
        return pins.first {
            $0.digest == match.digest && $0.traits.kind == match.kind
                && $0.traits.isRejected == (verdict.reason == .rejectedKey)
        }
    }

    private func name(_ depth: Int) -> String {
        guard path.indices.contains(depth), case .success(let summary) = path[depth] else {
            return "certificate \(depth)"
        }
        return "certificate \(depth)\(depth == 0 ? ", the leaf" : ""): \(summary.subjectText)"
    }

    private func addPath(to report: inout Report) {
        for (depth, certificate) in path.enumerated() {
            let title = depth == 0 ? "path" : ""
            switch certificate {
            case .success(let summary):
                report.add(title, "\(depth)  \(summary.subjectText) (\(summary.algorithm))")
                if verdict.reason == .notAPath { report.add("", "   issued by \(summary.issuerText)") }
                report.add("", summary.pins.map { "   \($0.kind.name.padded(to: 18)) = \($0.digest.base64)" })
            case .failure(let failure):
                report.add(title, "\(depth)  \(failure.message)")
            }
        }
    }

    /// Where a pin is that did not match all the same: out of its list's reach.
    private func note(_ pin: PolicyPin) -> String? {
        let depths = depths(of: pin)
        return depths.isEmpty ? nil : "on certificate \(depths.map { String($0) }.joined(separator: ", "))"
    }

    private func depths(of pin: PolicyPin) -> [Int] {
        path.indices.filter { depth in
            guard case .success(let summary) = path[depth] else { return false }
            return summary.pins.contains { $0.kind == pin.traits.kind && $0.digest == pin.digest }
        }
    }
}
