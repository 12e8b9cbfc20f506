// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Pins that the next renewal of a leaf may break.
extension Linter {
    mutating func checkLeaves() {
        let shared = file.shared
        let policy = shared.policy
        for number in policy.rules.indices {
            let rule = policy.rules[number]
            guard rule.enforcement != .off else { continue }
            let pins = pinNumbers(of: rule).filter { pin in
                let list = policy.traits(ofPin: pin).list
                return list == .leaf || rule.match == .leaf && list == .any
            }
            if let certificate = pins.first(where: { policy.traits(ofPin: $0).kind == .certificate }) {
                warn(
                    .certificatePin, file.lines.line(ofPin: certificate),
                    "the pin is of a leaf as a whole, and every renewal makes another; certificates of public "
                        + "authorities are valid for at most \(CertificateLifetime.words(at: now))")
            } else if let pin = pins.first {
                notes.append(
                    LintNote(
                        line: file.lines.line(ofPin: pin),
                        message: "\(name(ofRule: number)) is pinned to keys of leaves: renewals have to keep the key "
                            + "(certbot has --reuse-key) or take a backup's; certificates of public authorities are "
                            + "valid for at most \(CertificateLifetime.words(at: now))"))
            }
        }
    }
}
