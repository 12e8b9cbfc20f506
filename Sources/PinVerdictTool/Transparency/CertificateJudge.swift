// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BuiltInBackends
    import PinVerdictCore

    /// Says of certificates that were issued what the policy says of them, for the hosts that they could be used for.
    struct CertificateJudge: Sendable {
        private let hosts: WatchedHosts
        private let circumstances: CheckCircumstances

        /// Names of one certificate that are told.
        private static let maximumNames = 100

        /// Throws where nothing would be judged.
        init(_ file: PolicyFile, environment: Int?) throws(Failure) {
            guard file.shared.settings.enforcement != .off else {
                throw Failure("\(file.file.name): [policy] is off, and with it every rule: no certificate is judged")
            }
            hosts = WatchedHosts(file, environment: environment)
            // Whose the pins are does not depend on dates, nor on which installations enforce them.
            circumstances = CheckCircumstances(
                backend: .automatic, crossChecks: false, environment: environment, installID: Array("ct".utf8),
                clock: .beforeAll)
        }

        /// Whether there is something to be said of a certificate.
        func isConcerned(with certificate: [UInt8]) -> Bool {
            let reading = LenientCertificate(certificate)
            return reading.isUnreadable || hosts.hasHost(reading.names)
        }

        /// One for each rule that decides for some of the certificate's hosts.
        func findings(for certificate: LoggedCertificate) -> [CTFinding] {
            let reading = LenientCertificate(certificate.leaf.bytes)
            var covered = hosts.covered(reading.names)
            if reading.isUnreadable {
                let known = Set(covered.map(\.rule))
                covered += hosts.mentioned(in: certificate.leaf.bytes).filter { !known.contains($0.rule) }
            }
            guard !covered.isEmpty || reading.isUnreadable else { return [] }
            let path = SignedPath(certificate, circumstances.backend)
            let facts = CertificateFacts(certificate, reading, circumstances.backend)
            var findings = covered.map { finding(for: $0, reading, certificate, path, facts) }
            if reading.isUnreadable {
                let words = "parts of the certificate cannot be read, and there may be names in them"
                findings.append(
                    CTFinding(
                        kind: .unreadableNames, headline: words, details: facts.details,
                        members: members(nil, nil, reading, words) + facts.members))
            }
            return findings
        }

        private func finding(
            for covered: WatchedHosts.Covered, _ reading: LenientCertificate, _ certificate: LoggedCertificate,
            _ path: SignedPath, _ facts: CertificateFacts
        ) -> CTFinding {
            let report = report(covered.host, path)
            let rule = report.rule
            var kind = kind(of: report.verdict)
            var notes: [String] = []
            if report.verdict.reason == .noMatch, path.certificates.count == 1,
                let pin = pin(ofIssuer: certificate.issuerKeyHash, covered.rule)
            {
                kind = pin.traits.isBackup ? .backupKey : .ours
                notes.append("no issuer was given; found by the hash of the issuer's key: \(pin.key)")
            }
            if kind == .notOurPins {
                if let note = certificate.note { notes.append(note) }
                if path.isCutShort {
                    notes.append(
                        "of the issuers given, some have not signed what they are said to have; they do not count")
                } else if path.certificates.count == 1 {
                    notes.append("no issuer was given: pins of issuers cannot be found")
                }
                if reading.isPrecertificate || certificate.issuerKeyHash != nil, pinsCertificate(covered.rule) {
                    notes.append("the rule pins certificates, and the pin of one is not that of its precertificate")
                }
            }
            var details = facts.details
            if let rule {
                details.insert(
                    ("rule", "[host \(rule.pattern)], \(Place.text(hosts.file.file.name, rule.line))"), at: 0)
            }
            if let pin = report.pin { details.insert(("pin", pin), at: 1) }
            details += notes.map { ("note", $0) }
            return CTFinding(
                kind: kind, headline: "\(covered.host): \(report.headline)", details: details,
                members: members(covered, report, reading, notes.isEmpty ? nil : notes.joined(separator: "; "))
                    + facts.members)
        }

        private func report(_ host: String, _ path: SignedPath) -> CheckReport {
            let chain = CertificateChain(path.certificates)
            return CheckReport(
                host: host, verdict: circumstances.verdict(host: host, chain, under: hosts.file),
                file: hosts.file, chain: chain, circumstances: circumstances, origin: .given)
        }

        private func kind(of verdict: Verdict) -> CTFinding.Kind {
            switch verdict.reason {
            case .matched: verdict.isBackup ? .backupKey : .ours
            case .enforcementOff: .notJudged
            default: .notOurPins
            }
        }

        /// The rule's pin of an issuer of which nothing but the key's hash is known; where that alone decides.
        private func pin(ofIssuer keyHash: [UInt8]?, _ number: Int) -> PolicyPin? {
            let rule = hosts.file.shared.policy.rules[number]
            let pins = hosts.file.pins(of: rule)
            guard let keyHash, rule.match == .any || rule.match == .ca, rule.maxDepth != 1,
                pins.allSatisfy({ $0.traits.list == pins[0].traits.list && $0.traits.list != .leaf })
            else { return nil }
            return pins.first { $0.traits.kind == .spki && $0.digest.octets == keyHash }
        }

        private func pinsCertificate(_ rule: Int) -> Bool {
            hosts.file.pins(of: hosts.file.shared.policy.rules[rule]).contains { $0.traits.kind == .certificate }
        }

        private func members(
            _ covered: WatchedHosts.Covered?, _ report: CheckReport?, _ reading: LenientCertificate, _ detail: String?
        ) -> [(name: String, value: JSON)] {
            let rule = report?.rule
            return [
                ("host", JSON(covered?.host)), ("reason", JSON((report?.verdict.reason.name).map { String($0) })),
                ("rule", JSON(rule?.pattern)), ("rule_line", JSON(rule?.line)),
                ("policy_serial", .unsigned(hosts.file.shared.settings.serial)), ("matched", JSON(report?.pin)),
                ("detail", JSON(detail)),
                ("names", .array((covered?.names ?? []).prefix(CertificateJudge.maximumNames).map { .string($0) })),
                ("precertificate", .bool(reading.isPrecertificate)),
            ]
        }
    }

    extension CheckReport {
        /// The pin that matched, or the rejected key, as the policy has it.
        fileprivate var pin: String? {
            verdict.match.map { match in "\(pin(of: match)?.key ?? match.kind.name) = \(match.digest.base64)" }
        }
    }
#endif
