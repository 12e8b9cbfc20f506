// SPDX-License-Identifier: Apache-2.0

/// Why a connection is refused, and where that shows. What finds that one is to be refused throws this.
public struct Refusal: Error, BitwiseCopyable {
    public let reason: Reason
    /// The certificate that is wrong, 0 = leaf; nil for none, or where it is not known.
    public let depth: Int?
    /// The TLS library's number for what it found, which it has words for; 0 for none.
    public let finding: UInt32

    public init(_ reason: Reason, at depth: Int? = nil, finding: UInt32 = 0) {
        self.reason = reason
        self.depth = depth
        self.finding = finding
    }

    public static func == (refusal: Refusal, reason: Reason) -> Bool { refusal.reason == reason }
}

/// Those that name no certificate.
extension Refusal {
    public static var noMatch: Refusal { Refusal(.noMatch) }
    public static var tooFewSCTs: Refusal { Refusal(.tooFewSCTs) }
    public static var logsStale: Refusal { Refusal(.logsStale) }
    public static var notPinned: Refusal { Refusal(.notPinned) }
    public static var pinsExpired: Refusal { Refusal(.pinsExpired) }
    public static var untrustedChain: Refusal { Refusal(.untrustedChain) }
    public static var hostNameMismatch: Refusal { Refusal(.hostNameMismatch) }
    public static var certificateExpired: Refusal { Refusal(.certificateExpired) }
    public static var noValidatedPath: Refusal { Refusal(.noValidatedPath) }
    public static var malformedCertificate: Refusal { Refusal(.malformedCertificate) }
    public static var malformedHostName: Refusal { Refusal(.malformedHostName) }
    public static var emptyChain: Refusal { Refusal(.emptyChain) }
    public static var invalidArgument: Refusal { Refusal(.invalidArgument) }
    public static var backendFailure: Refusal { Refusal(.backendFailure) }
}

/// What a TLS library says of what it found; empty for nothing.
public typealias FindingText = ASCIIText<187>
