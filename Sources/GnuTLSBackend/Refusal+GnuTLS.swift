// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

extension Refusal {
    /// A leaf that has not the name.
    static var otherHost: Refusal {
        Refusal(.hostNameMismatch, at: 0, finding: UInt32(GNUTLS_CERT_UNEXPECTED_OWNER.rawValue))
    }

    /// GnuTLS's words for what it found (a gnutls_certificate_status_t).
    static func words(for finding: UInt32) -> FindingText {
        var text = FindingText()
        let words = unsafe cgnutls_words(finding)
        defer { unsafe cgnutls_free(words) }
        if let words = unsafe words { unsafe text.append(Span(words, limit: FindingText.capacity)) }
        return text
    }
}
