// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension CheckReport {
    var members: [(name: String, value: JSON)] {
        verdictMembers
            + [
                ("host", .string(host)),
                (
                    "path",
                    .array(
                        path.map { certificate in
                            switch certificate {
                            case .success(let summary): .object(summary.json)
                            case .failure(let failure): .object([("error", .string(failure.message))])
                            }
                        })
                ),
                ("failed_depth", JSON(verdict.failedDepth)),
                ("detail", JSON(origin.presented.map(\.words).flatMap { $0.isEmpty ? nil : $0 })),
                ("sent", origin.presented.map(sent) ?? .null),
                ("path_was_validated_here", .bool(!(origin.presented?.path.certificates.isEmpty ?? true))),
            ]
    }

    /// What is about the verdict, and not about what it was asked of.
    var verdictMembers: [(name: String, value: JSON)] {
        [
            ("decision", .string(verdict.isAllowed ? "allow" : "refuse")),
            ("reason", .string(String(verdict.reason.name))),
            ("enforced", .bool(verdict.isEnforced)),
            ("backup", .bool(verdict.isBackup)),
            ("rule", JSON(rule?.pattern)),
            ("rule_line", JSON(rule?.line)),
            ("policy_serial", .unsigned(verdict.serial)),
            ("matched", verdict.match.map(json) ?? .null),
            ("demands", demands?.json ?? .null),
            ("hints", .array(hints.map { .string($0) })),
        ]
    }

    private func sent(_ presented: PresentedCheck) -> JSON {
        .array(
            presented.sent.certificates.map { certificate in
                let place: [(name: String, value: JSON)] = [
                    ("file", .string(certificate.fileName)), ("line", JSON(certificate.line)),
                    ("on_path", .bool(presented.isOnPath(certificate))),
                ]
                do throws(Failure) {
                    return .object(place + (try CertificateSummary(certificate, circumstances.backend)).json)
                } catch {
                    return .object(place + [("error", .string(error.message))])
                }
            })
    }

    private func json(_ match: PinMatch) -> JSON {
        let pin = pin(of: match)
        return .object([
            ("key", .string(pin?.key ?? match.kind.name)), ("digest", .string(match.digest.base64)),
            ("depth", .integer(match.depth)), ("line", JSON(pin?.line)), ("pin_set", JSON(pin?.set)),
        ])
    }
}
