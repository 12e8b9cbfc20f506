// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict
public import PinVerdictCore

/// Why a verdict is what it is: the numbers and names of `pinverdict_reason`.
public typealias Reason = PinVerdictCore.Reason

/// The answer to a check, and what it rests on. Close the connection unless ``isAllowed``.
public struct Verdict: Sendable, CustomStringConvertible {
    /// The one thing that counts.
    public let isAllowed: Bool
    public let reason: Reason
    /// Whether the policy acts on it: `false` under report-only or off, and outside the rollout.
    public let isEnforced: Bool
    /// Whether some list matched by backup pins alone: a rotation is under way.
    public let isBackup: Bool
    /// The pin that matched; the shallowest one.
    public let match: PinMatch?
    /// Of a rejected key, or of the certificate that is wrong: 0 is the leaf.
    public let failedDepth: Int?
    /// Of the policy that decided; 0 where none was asked.
    public let policySerial: UInt64
    /// The deciding rule's host pattern.
    public let rule: String?
    /// The TLS library's own words for what it found wrong; "" where it said nothing.
    public let detail: String
    /// How many of the policy's logs have a good SCT on the leaf; `nil` where none was looked for.
    public let scts: Int?
    /// How many operators these logs have.
    public let sctOperators: Int
    /// Whether the rule has `require-scts`, and the policy's list of logs is past its `max-age`.
    public let isLogListStale: Bool

    /// Such as `refuse: no-match (rule api.example.com, policy 7)`.
    public var description: String {
        let notes = [
            rule.map { "rule \($0)" }, policySerial > 0 ? "policy \(policySerial)" : nil,
            failedDepth.map { "certificate \($0)" }, detail.isEmpty ? nil : detail,
        ].compactMap { $0 }.joined(separator: ", ")
        return "\(isAllowed ? "allow" : "refuse"): \(reason.name)\(notes.isEmpty ? "" : " (\(notes))")"
    }
}

/// A pin that was found on a path.
public struct PinMatch: Sendable {
    /// Of the certificate; 0 is the leaf.
    public let depth: Int
    public let kind: PinKind
    /// 32 octets.
    public let digest: [UInt8]
}

extension Verdict {
    /// One that the library fills in.
    init(_ fill: (UnsafeMutablePointer<pinverdict_verdict>) -> pinverdict_decision) {
        var verdict = pinverdict_verdict()
        verdict.struct_size = MemoryLayout<pinverdict_verdict>.size
        let decision = unsafe fill(&verdict)
        isAllowed = decision == PINVERDICT_ALLOW && verdict.decision == PINVERDICT_ALLOW
        reason = Reason(rawValue: Int32(truncatingIfNeeded: verdict.reason.rawValue)) ?? .none
        isEnforced = verdict.enforced
        isBackup = verdict.backup
        let depth = verdict.matched_depth
        if depth >= 0, let kind = PinKind(rawValue: UInt8(truncatingIfNeeded: verdict.matched_kind.rawValue)) {
            match = PinMatch(depth: Int(depth), kind: kind, digest: [UInt8](octets: verdict.matched_digest))
        } else {
            match = nil
        }
        if verdict.failed_depth >= 0 {
            failedDepth = Int(verdict.failed_depth)
        } else {
            failedDepth = reason == .rejectedKey && depth >= 0 ? Int(depth) : nil
        }
        policySerial = verdict.policy_serial
        let rule = String(characters: verdict.rule)
        self.rule = rule.isEmpty ? nil : rule
        detail = String(characters: verdict.detail)
        scts = verdict.scts >= 0 ? Int(verdict.scts) : nil
        sctOperators = Int(verdict.sct_operators)
        isLogListStale = verdict.ct_logs_stale
    }
}
