// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import CPinVerdict
    import CPinVerdictOpenSSL
    import PinVerdictCore

    /// What the library says of a connection.
    struct LibraryVerdict {
        let isAllowed: Bool
        let reason: Reason
        let failedDepth: Int?
        /// The TLS library's own words; "" for none.
        let detail: String
        private let verdict: pinverdict_verdict

        /// One that the library fills in.
        init(_ fill: (UnsafeMutablePointer<pinverdict_verdict>) -> Void) {
            var verdict = pinverdict_verdict()
            verdict.struct_size = MemoryLayout<pinverdict_verdict>.size
            unsafe fill(&verdict)
            self.verdict = verdict
            isAllowed = verdict.decision == PINVERDICT_ALLOW
            reason = Reason(rawValue: Int32(bitPattern: verdict.reason.rawValue)) ?? .none
            failedDepth = verdict.failed_depth < 0 ? nil : Int(verdict.failed_depth)
            detail = String(terminated: verdict.detail)
        }

        /// As the core gives it, for a report.
        func verdict(host: String, under policy: ProbePolicy) -> Verdict {
            var match: PinMatch?
            if verdict.matched_depth >= 0, let kind = PinKind(rawValue: UInt8(verdict.matched_kind.rawValue)) {
                var digest = Digest()
                unsafe withUnsafeBytes(of: verdict.matched_digest) { bytes in
                    for octet in 0..<Digest.size { unsafe digest[octet] = bytes[octet] }
                }
                match = PinMatch(depth: Int(verdict.matched_depth), kind: kind, digest: digest)
            }
            let hasRule = !String(terminated: verdict.rule).isEmpty
            return Verdict(
                isAllowed: isAllowed, reason: reason, isEnforced: verdict.enforced, isBackup: verdict.backup,
                match: match, failedDepth: failedDepth, serial: verdict.policy_serial,
                rule: hasRule ? policy.rule(for: host) : nil)
        }
    }
#endif
