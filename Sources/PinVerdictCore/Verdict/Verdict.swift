// SPDX-License-Identifier: Apache-2.0

/// The answer to a check, and what it rests on.
public struct Verdict: BitwiseCopyable, Sendable {
    /// Only with true may the connection go on.
    public internal(set) var isAllowed = false
    public internal(set) var reason = Reason.none
    /// False under report-only or off, and outside a rollout.
    public internal(set) var isEnforced = true
    /// Some list matched by backup pins alone: a rotation is under way.
    public internal(set) var isBackup = false
    /// How many logs have SCTs on the leaf that count; -1 where none was looked at.
    public internal(set) var scts: Int8 = -1
    /// By how many operators these logs are.
    public internal(set) var sctOperators: Int8 = 0
    /// The policy's list of logs is too old to be gone by.
    public internal(set) var hasStaleLogs = false
    /// Depth, kind and digest of the shallowest match, or of the rejected key.
    public internal(set) var match: PinMatch?
    /// The certificate that is wrong, 0 = leaf; nil for none, or where it is not known.
    public internal(set) var failedDepth: Int?
    /// Of the policy that decided; 0 where none was asked.
    public internal(set) var serial: UInt64 = 0
    /// The number of the rule that decided.
    public internal(set) var rule: Int?

    /// A refusal that no policy softens.
    public init(refusing refusal: Refusal) {
        reason = refusal.reason
        failedDepth = refusal.depth
    }

    /// One that the library has given, for the command to report.
    package init(
        isAllowed: Bool, reason: Reason, isEnforced: Bool, isBackup: Bool, match: PinMatch?, failedDepth: Int?,
        serial: UInt64, rule: Int?
    ) {
        self.isAllowed = isAllowed
        self.reason = reason
        self.isEnforced = isEnforced
        self.isBackup = isBackup
        self.match = match
        self.failedDepth = failedDepth
        self.serial = serial
        self.rule = rule
    }

    /// What a check starts with: a refusal, until a step of it allows.
    init(under settings: PolicySettings) {
        serial = settings.serial
        isEnforced = settings.enforcement == .enforce
    }

    func allowing(_ reason: Reason) -> Verdict {
        var verdict = self
        verdict.reason = reason
        verdict.isAllowed = true
        return verdict
    }

    /// Refuses, unless the policy does not enforce and the reason is one that is softened then.
    func refusing(_ refusal: Refusal) -> Verdict {
        var verdict = self
        verdict.reason = refusal.reason
        verdict.failedDepth = refusal.depth
        verdict.isAllowed = !isEnforced && refusal.reason.isSoftened
        return verdict
    }
}

/// A pin found on a path.
public struct PinMatch: BitwiseCopyable, Sendable {
    /// 0 = leaf.
    public internal(set) var depth: Int
    public internal(set) var kind: PinKind
    public internal(set) var digest: Digest

    package init(depth: Int, kind: PinKind, digest: Digest) {
        self.depth = depth
        self.kind = kind
        self.digest = digest
    }
}
