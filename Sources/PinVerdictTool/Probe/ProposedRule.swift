// SPDX-License-Identifier: Apache-2.0

/// A rule of a proposed policy, as far as it can be written without the backup.
struct ProposedRule {
    let host: String
    let choice: ProposalChoice
    /// Comments, without their `#`.
    var notes: [String]
    /// The primary pins.
    var pins: [String]

    /// What stands where the backup pin is to be: no pin, so that nobody forgets it.
    static let place = (leaf: "PIN-OF-THE-BACKUP-KEY", ca: "PIN-OF-ANOTHER-CA")

    #if OpenSSL
        /// Nil where the path does not have what is asked for, or it cannot be read.
        init?(_ choice: ProposalChoice, for target: ProbeTarget, _ path: [ProbedCertificate], at now: Moment) {
            guard let leaf = path.first, let anchor = path.last, choice == .leaf || path.count > 1 else { return nil }
            let pinned = choice == .leaf ? leaf : anchor
            guard let pin = ProposedRule.pin(of: pinned) else { return nil }
            host = target.host
            self.choice = choice
            notes = ["\(target.text) has \(ProposedRule.words(leaf, now))"]
            switch choice {
            case .leaf:
                pins = ["\(choice.pinKey) = \(pin)"]
            case .ca:
                notes.append("under \(ProposedRule.words(anchor, now))")
                pins = ["\(choice.pinKey) = \(pin)"]
                guard path.count > 2, let pin = ProposedRule.pin(of: path[1]) else { return }
                notes.append("by way of \(ProposedRule.words(path[1], now)),")
                notes.append("  whose pin would be ca-pin-sha256 = \(pin)")
            }
        }

        private static func pin(of certificate: ProbedCertificate) -> String? {
            try? certificate.summary.get().pins.first { $0.kind == .spki }?.digest.base64
        }

        private static func words(_ certificate: ProbedCertificate, _ now: Moment) -> String {
            let key = (try? certificate.summary.get().algorithm).map { ", \($0)" } ?? ""
            return certificate.subjectText + key + (certificate.expiry.map { ", \($0.text(at: now))" } ?? "")
        }
    #endif

    /// The section.
    var text: String {
        let backup =
            switch choice {
            case .leaf: "backup-pin-sha256 = \(ProposedRule.place.leaf)"
            case .ca: "backup-ca-pin-sha256 = \(ProposedRule.place.ca)"
            }
        let lines = notes.map { "# \($0)" } + ["[host \(host)]"] + pins + [backup]
        return lines.map { $0 + "\n" }.joined()
    }
}
