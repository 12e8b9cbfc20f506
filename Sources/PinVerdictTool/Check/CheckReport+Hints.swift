// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What is almost right, where the pins or the path are not.
extension CheckReport {
    var hints: [String] {
        switch verdict.reason {
        case .noMatch: pinsOfOtherKinds + (origin.presented.map(pinsBesidePath) ?? missingRoot)
        case .notAPath: listInsteadOfPath + missingRoot
        case .untrustedChain, .hostNameMismatch: origin.presented.map(whatIsMissing) ?? []
        default: []
        }
    }

    /// What keeps a list from being made into a path.
    private func whatIsMissing(_ presented: PresentedCheck) -> [String] {
        let sent = presented.sent.certificates.compactMap { try? CertificateSummary($0, circumstances.backend) }
        guard let first = sent.first else { return [] }
        if sent.dropFirst().contains(where: {
            $0.issuerText == first.subjectText && $0.subjectText != first.subjectText
        }) {
            return ["the first certificate has issued another one of the list: the server's has to be the first"]
        }
        guard verdict.reason == .untrustedChain, sent.count == 1, first.subjectText != first.issuerText else {
            return []
        }
        return [
            "there is the leaf alone: a server sends the intermediates, too, here \(first.issuerText), and s_client "
                + "shows them with -showcerts"
        ]
    }

    /// Pins of certificates that were sent and are not on the path: whoever attacks may send along what is public.
    private func pinsBesidePath(_ presented: PresentedCheck) -> [String] {
        let pins = demands?.lists.flatMap(\.pins) ?? []
        return presented.sent.certificates.enumerated().flatMap { number, certificate -> [String] in
            guard !presented.isOnPath(certificate),
                let summary = try? CertificateSummary(certificate, circumstances.backend)
            else { return [] }
            return pins.filter { pin in
                summary.pins.contains { $0.kind == pin.traits.kind && $0.digest == pin.digest }
            }.map { pin in
                "\(pin.key) = \(pin.digest.base64) is of certificate \(number) of those that were sent, which is not "
                    + "on the path: anybody can send it along"
            }
        }
    }

    private var summaries: [CertificateSummary] { path.compactMap { try? $0.get() } }

    /// A digest that some certificate has, under the name of another kind.
    private var pinsOfOtherKinds: [String] {
        let pins = demands?.lists.flatMap(\.pins) ?? []
        return pins.flatMap { pin in
            path.indices.compactMap { depth in
                guard case .success(let summary) = path[depth],
                    let found = summary.pins.first(where: { $0.digest == pin.digest && $0.kind != pin.traits.kind })
                else { return nil }
                let key = PinTraits(kind: found.kind, list: pin.traits.list, isBackup: pin.traits.isBackup).keyName
                return "\(pin.key) = \(pin.digest.base64), \(Place.text(file.file.name, pin.line)), is the "
                    + "\(found.kind.name) of certificate \(depth): it belongs to the key \(String(key.span))"
            }
        }
    }

    private var missingRoot: [String] {
        guard summaries.count == path.count, let last = summaries.last, last.subjectText != last.issuerText else {
            return []
        }
        let what = path.count == 1 ? "there is the leaf alone" : "the last certificate is an intermediate"
        return [
            "\(what), issued by \(last.issuerText): a validated path goes on to the trust anchor, which a server need "
                + "not send"
        ]
    }

    private var listInsteadOfPath: [String] {
        ["a list that a server sent is no path: take what the TLS library has made of it (SSL_get0_verified_chain)"]
    }
}
