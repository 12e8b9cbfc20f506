// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdictCore

extension Refusal {
    /// What OpenSSL's verifier found (X509_V_ERR_...), and at which certificate; a negative depth is none.
    init(error: Int32, at depth: Int32 = -1) {
        let reason: Reason =
            switch error {
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .hostNameMismatch
            case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID: .certificateExpired
            default: .untrustedChain
            }
        self.init(reason, at: depth < 0 ? nil : Int(depth), finding: UInt32(bitPattern: error))
    }

    /// Whether a verifier's result says why it failed, and not just that a callback wants it so.
    static func isReason(error: Int32) -> Bool {
        error != X509_V_OK && error != X509_V_ERR_APPLICATION_VERIFICATION && error != X509_V_ERR_UNSPECIFIED
    }

    /// OpenSSL's words for what its verifier found.
    static func words(for finding: UInt32) -> FindingText {
        var text = FindingText()
        if let words = unsafe X509_verify_cert_error_string(Int(Int32(bitPattern: finding))) {
            unsafe text.append(Span(words, limit: FindingText.capacity))
        }
        return text
    }
}
