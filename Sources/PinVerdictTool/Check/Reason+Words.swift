// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Reason {
    /// What the reason means, for people.
    var words: String {
        switch self {
        case .none: "no verdict was reached"
        case .matched: "the path has the pins that the rule demands"
        case .notPinned: "no rule covers the host"
        case .enforcementOff: "the host's rule is off"
        case .pinsExpired: "the rule's pins have expired"
        case .noMatch: "the path does not have the pins that the rule demands"
        case .rejectedKey: "the path has a key that the policy rejects"
        case .tooFewSCTs: "fewer logs than require-scts asks for have a good SCT in the certificate"
        case .logsStale: "the policy's list of logs is past its max-age"
        case .untrustedChain: "the chain leads to no trusted certificate"
        case .hostNameMismatch: "the certificate is not for this host"
        case .certificateExpired: "a certificate has expired or is not yet valid"
        case .noValidatedPath: "there is no validated path"
        case .notAPath: "a certificate's issuer is not the next one's subject: this is no path"
        case .malformedCertificate: "a certificate is malformed"
        case .malformedHostName: "the host is neither a host name nor an IP address"
        case .emptyChain: "there is no certificate"
        case .extractorsDisagree: "the TLS library finds another key in it, or refuses it"
        case .invalidArgument: "the checker was called with an argument that it does not take"
        case .backendFailure: "the TLS library failed"
        }
    }

    /// Whether something about the certificates of the path is wrong.
    var isAboutPath: Bool {
        switch self {
        case .noMatch, .rejectedKey, .notAPath, .malformedCertificate, .extractorsDisagree: true
        default: false
        }
    }
}
