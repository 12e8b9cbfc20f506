// SPDX-License-Identifier: Apache-2.0

/// A rule beside the CAA records that hold for its host.
struct CAAReport {
    let rule: CAARule
    private(set) var findings: [CAAFinding] = []
    /// Why the records could not be had.
    private(set) var failure: String?
    /// Whose records hold.
    private var source: String?

    init(_ rule: CAARule, _ resolver: inout CAAResolver) {
        self.rule = rule
        do throws(Failure) {
            let relevant = try resolver.relevant(to: rule.name)
            source = relevant.name
            compare(relevant)
            // The certificate for all names beside the host is good for it, too.
            if !rule.isWildcard, let parent = rule.parent {
                compareWildcard(try resolver.relevant(to: parent), relevant)
            }
        } catch {
            failure = error.message
        }
    }

    private mutating func compare(_ relevant: RelevantCAA) {
        if let bogus = relevant.answer.bogus {
            let name = relevant.name ?? rule.name
            add(.bogus, "DNSSEC proves the answer for \(name) false: \(bogus.printable); no CA may issue by it")
            return
        }
        if let name = relevant.insecureName {
            add(.insecure, "the answer for \(name) is not signed by DNSSEC; who stands between may give another")
        }
        if relevant.answer.malformed > 0 {
            add(.malformed, "\(counted(relevant.answer.malformed, "record")) of \(relevant.name ?? "") cannot be read")
        }
        for record in relevant.records where record.isCritical && !CAARecord.known.contains(record.tag) {
            add(.criticalUnknown, "the tag \(record.tag) is critical; a CA that does not know it must not issue")
        }
        guard let allowed = relevant.issuers(ofWildcards: rule.isWildcard) else {
            add(
                .none,
                relevant.name.map { "the records of \($0) name no CA: every CA may issue" }
                    ?? "no CAA record up to the top: every CA may issue")
            return
        }
        let names = Set(allowed.compactMap(\.issuer))
        for name in names.subtracting(rule.issuers).sorted() {
            add(.wider, "\(name.printable) may issue, and caa-issuer does not name it")
        }
        for name in rule.issuers where !names.contains(name) {
            add(.narrower, "\(name) may not issue: the next renewal is refused to you")
        }
        for name in rule.issuers {
            let own = allowed.filter { $0.issuer == name }
            if !own.isEmpty, !own.allSatisfy(\.namesAccount) {
                add(.noAccountURI, "\(name) may issue to any of its accounts; accounturi names yours (RFC 8657)")
            }
        }
    }

    private mutating func compareWildcard(_ above: RelevantCAA, _ relevant: RelevantCAA) {
        guard above.answer.bogus == nil, let allowed = relevant.issuers(ofWildcards: false) else { return }
        let wildcard = "*.\(rule.parent ?? "")"
        guard let wild = above.issuers(ofWildcards: true) else {
            add(.issueWildDiffers, "every CA may issue \(wildcard), which is good for the host, too")
            return
        }
        let others = Set(wild.compactMap(\.issuer)).subtracting(allowed.compactMap(\.issuer))
        for name in others.sorted() {
            add(.issueWildDiffers, "\(name.printable) may issue \(wildcard), which is good for the host, too")
        }
    }

    private mutating func add(_ kind: CAAFinding.Kind, _ message: String) {
        findings.append(CAAFinding(kind, message))
    }

    func text(_ file: String) -> String {
        let place = Place.text(file, rule.line)
        if let failure { return "\(place): \(rule.pattern): \(failure)\n" }
        if findings.isEmpty {
            return "\(place): \(rule.pattern): as caa-issuer says, by the records of \(source ?? rule.name)\n"
        }
        return findings.map { "\(place): \(rule.pattern): \($0.kind.rawValue): \($0.message)\n" }.joined()
    }

    var json: JSON {
        .object([
            ("host", .string(rule.pattern)), ("line", JSON(rule.line)),
            ("caa_issuers", .array(rule.issuers.map { .string($0) })), ("records_of", JSON(source)),
            ("findings", .array(findings.map(\.json))), ("failure", JSON(failure)),
        ])
    }
}
