// SPDX-License-Identifier: Apache-2.0

/// Why a verdict is what it is. The numbers are those of `pinverdict_reason`.
public enum Reason: Int32, BitwiseCopyable, Sendable {
    case none = 0
    case matched = 1
    case notPinned = 2
    case enforcementOff = 3
    case pinsExpired = 4
    case noMatch = 10
    case rejectedKey = 11
    case tooFewSCTs = 12
    case logsStale = 13
    case untrustedChain = 20
    case hostNameMismatch = 21
    case certificateExpired = 22
    case noValidatedPath = 23
    case notAPath = 24
    case malformedCertificate = 30
    case malformedHostName = 31
    case emptyChain = 32
    case extractorsDisagree = 33
    case invalidArgument = 40
    case backendFailure = 41

    /// The name for logs.
    public var name: StaticString {
        switch self {
        case .none: "none"
        case .matched: "matched"
        case .notPinned: "not-pinned"
        case .enforcementOff: "enforcement-off"
        case .pinsExpired: "pins-expired"
        case .noMatch: "no-match"
        case .rejectedKey: "rejected-key"
        case .tooFewSCTs: "too-few-scts"
        case .logsStale: "ct-logs-stale"
        case .untrustedChain: "untrusted-chain"
        case .hostNameMismatch: "hostname-mismatch"
        case .certificateExpired: "certificate-expired"
        case .noValidatedPath: "no-validated-path"
        case .notAPath: "not-a-path"
        case .malformedCertificate: "malformed-certificate"
        case .malformedHostName: "malformed-hostname"
        case .emptyChain: "empty-chain"
        case .extractorsDisagree: "extractors-disagree"
        case .invalidArgument: "invalid-argument"
        case .backendFailure: "backend-failure"
        }
    }

    /// Whether nobody can tell which keys the path has.
    var leavesPathUnread: Bool { self == .noValidatedPath || self == .notAPath || self == .malformedCertificate }

    /// Whether a policy that does not enforce lets the connection live all the same. What the arguments, the host, the
    /// backend or a validation got wrong never gets as far as a policy; a path that is missing does where the TLS
    /// library accepts the connection.
    var isSoftened: Bool {
        switch self {
        case .noMatch, .rejectedKey, .tooFewSCTs, .logsStale, .noValidatedPath, .notAPath, .malformedCertificate,
            .notPinned, .pinsExpired:
            true
        default: false
        }
    }
}
