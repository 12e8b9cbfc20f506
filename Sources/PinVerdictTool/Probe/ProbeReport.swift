// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import PinVerdictCore

    /// What was found of a server, for people and for programs.
    struct ProbeReport {
        let target: ProbeTarget
        let startTLS: StartTLS?
        /// Nil where none answered.
        let address: ServerAddress?
        let handshake: ProbeHandshake
        let now: Moment
        let certificates: [ProbedCertificate]
        /// Under each policy; none where there is no connection.
        let checks: [CheckReport]

        init(
            _ target: ProbeTarget, _ startTLS: StartTLS?, _ address: ServerAddress?, _ handshake: ProbeHandshake,
            under policies: [ProbePolicy], at now: Moment
        ) {
            self.target = target
            self.startTLS = startTLS
            self.address = address
            self.handshake = handshake
            self.now = now
            certificates = ProbedCertificate.all(of: handshake, from: target.text)
            let path = CertificateChain(certificates.filter { $0.depth != nil }.map(\.encoded))
            checks = zip(policies, handshake.verdicts).map { policy, verdict in
                CheckReport(
                    host: target.host, verdict: verdict.verdict(host: target.host, under: policy), file: policy.file,
                    chain: path, circumstances: policy.circumstances, origin: .given)
            }
        }

        var status: ProbeResult.Status {
            guard let trust = handshake.trust else { return .notReached }
            return checks.first?.verdict.isAllowed ?? trust.isAllowed ? .allowed : .refused
        }

        private var isTrusted: Bool { handshake.trust?.isAllowed == true }

        private var title: String {
            switch status {
            case .allowed: checks.isEmpty ? "trusted" : "allow"
            case .refused: checks.isEmpty ? "untrusted" : "refuse"
            case .notReached: "not reached"
            }
        }

        private var colour: Colour {
            switch status {
            case .allowed: checks.first?.colour ?? .green
            case .refused: .red
            case .notReached: .yellow
            }
        }

        private var headline: String {
            if let failure = handshake.failure { return failure.words }
            if let check = checks.first { return check.headline }
            guard let trust = handshake.trust else { return "" }
            return trust.isAllowed
                ? "OpenSSL trusts the path, for this host" : "\(trust.reason.name): \(trust.reason.words)"
        }

        /// OpenSSL's words for what it does not trust, and the certificate.
        private var finding: String? {
            guard let trust = handshake.trust, !trust.isAllowed, !trust.detail.isEmpty else { return nil }
            let subject = trust.failedDepth.flatMap { depth in certificates.first { $0.depth == depth }?.subjectText }
            return "OpenSSL: \(trust.detail)\(subject.map { " (\($0))" } ?? "")"
        }

        private var expiry: String? { certificates.first { $0.sent == 0 }?.expiry?.text(at: now) }

        /// Allowed, and only since it is not enforced.
        var isSoftened: Bool { status == .allowed && checks.first?.isSoftened == true }

        var line: String {
            var parts = [isTrusted && status == .allowed ? checks.first?.verdict.reason.name.description : headline]
            parts.append(finding)
            if let check = checks.first, isTrusted {
                if check.isSoftened { parts.append("not enforced") }
                parts.append(check.rule.map { "[host \($0.pattern)], \(Place.text(check.file.file.name, $0.line))" })
            }
            if isTrusted { parts.append(expiry.map { "certificate \($0)" }) }
            parts += checks.dropFirst().map { "next: \(answer(of: $0)), \($0.verdict.reason.name)" }
            return colour.on(title.padded(to: 13)) + target.text + "  "
                + parts.compactMap { $0 }.joined(separator: "; ") + "\n"
        }

        private func answer(of check: CheckReport) -> String { check.verdict.isAllowed ? "allow" : "refuse" }

        var text: String {
            var report = Report()
            report.add(title, [headline], colour)
            if let finding { report.add("", finding) }
            if let check = checks.first, check.isSoftened {
                report.add("", "allowed all the same, since it is not enforced")
            }
            let version = handshake.failure == nil ? handshake.version : nil
            report.add("host", [target.text, address?.text, version].compactMap { $0 }.joined(separator: ", "))
            checks.first?.addGrounds(to: &report)
            for next in checks.dropFirst() where isTrusted {
                report.addGap()
                report.add("next", "\(answer(of: next)), \(next.headline)")
                if next.isSoftened { report.add("", "allowed all the same, since it is not enforced") }
                next.addGrounds(to: &report)
            }
            addCertificates(to: &report)
            for check in checks { check.addDemands(to: &report) }
            let hints = checks.flatMap(\.hints)
            if !hints.isEmpty {
                report.addGap()
                report.add("perhaps", hints)
            }
            return report.text
        }

        /// What was sent and the path, side by side.
        private func addCertificates(to report: inout Report) {
            guard !certificates.isEmpty else { return }
            report.addGap()
            report.add("sent   \(isTrusted ? "path" : "tried")", "certificate")
            for certificate in certificates { certificate.add(to: &report, isValidated: isTrusted, at: now) }
        }

        var json: JSON {
            let trust = handshake.trust
            return .object([
                ("host", .string(target.host)),
                ("port", .integer(Int(target.port))),
                ("starttls", JSON(startTLS?.rawValue)),
                ("address", JSON(address?.text)),
                ("status", .string(status.rawValue)),
                ("error", JSON(handshake.failure?.words)),
                ("tls", JSON(handshake.failure == nil ? handshake.version : nil)),
                ("trusted", trust.map { .bool($0.isAllowed) } ?? .null),
                ("trust_reason", JSON(trust.flatMap { $0.isAllowed ? nil : $0.reason.name.description })),
                ("trust_detail", JSON(trust.flatMap { $0.isAllowed ? nil : $0.detail })),
                ("failed_depth", JSON(trust?.failedDepth)),
                ("certificates", .array(certificates.map { $0.json(at: now) })),
                ("verdict", checks.first.map { .object($0.verdictMembers) } ?? .null),
                ("next", checks.dropFirst().first.map { .object($0.verdictMembers) } ?? .null),
            ])
        }

        /// Of what is trusted alone.
        func proposal(of choice: ProposalChoice?) -> ProposedRule? {
            guard isTrusted, let choice else { return nil }
            return ProposedRule(choice, for: target, certificates.filter { $0.depth != nil }, at: now)
        }
    }
#endif
