// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix
import PinVerdictCore

/// The caller's pinverdict_verdict: checked first, filled in at the end.
@unsafe
struct VerdictOutput {
    private let verdict: UnsafeMutablePointer<pinverdict_verdict>?

    /// Nil for a struct of a size that is not taken, of which nothing may be written. NULL is taken.
    init?(_ verdict: UnsafeMutablePointer<pinverdict_verdict>?) {
        if let verdict = unsafe verdict, unsafe !verdict.hasAcceptedSize { return nil }
        unsafe self.verdict = verdict
    }

    /// Writes a refusal that no policy was asked about, and what the TLS library has said of it.
    func refuse(_ refusal: Refusal, _ words: FindingText = FindingText()) -> pinverdict_decision {
        unsafe writeAll(but: Verdict(refusing: refusal))
        if let verdict = unsafe verdict, unsafe verdict.pointee.struct_size >= pinverdict_verdict.sizeWithDetail {
            unsafe withUnsafeMutableBytes(of: &verdict.pointee.detail) { unsafe copy(words.span, to: $0) }
        }
        return PINVERDICT_REFUSE
    }

    /// Copies what was written before.
    func write(_ answer: pinverdict_verdict) -> pinverdict_decision {
        guard let verdict = unsafe verdict else { return answer.decision }
        unsafe verdict.clear()
        let size = unsafe verdict.pointee.struct_size
        unsafe withUnsafePointer(to: answer) { _ = unsafe memcpy(verdict, $0, known(size)) }
        unsafe verdict.pointee.struct_size = size
        return answer.decision
    }

    func write(_ answer: Verdict, _ hosts: HostTable) -> pinverdict_decision {
        unsafe writeAll(but: answer)
        if let verdict = unsafe verdict, let number = answer.rule {
            let rule = hosts.rules[number]
            unsafe withUnsafeMutableBytes(of: &verdict.pointee.rule) { output in
                var output = unsafe output
                if rule.isWildcard {
                    unsafe copy("*.", to: output)
                    unsafe output = UnsafeMutableRawBufferPointer(rebasing: output[2...])
                }
                unsafe copy(hosts.name(of: rule), to: output)
            }
        }
        return answer.isAllowed ? PINVERDICT_ALLOW : PINVERDICT_REFUSE
    }

    /// How much of the struct a caller knows whose struct has a size: of the sizes that it has had.
    private func known(_ size: Int) -> Int {
        if size >= MemoryLayout<pinverdict_verdict>.size { return MemoryLayout<pinverdict_verdict>.size }
        return size >= pinverdict_verdict.sizeWithDetail
            ? pinverdict_verdict.sizeWithDetail : pinverdict_verdict.firstSize
    }

    private func writeAll(but answer: Verdict) {
        guard let verdict = unsafe verdict else { return }
        unsafe verdict.clear()
        unsafe verdict.pointee.decision = answer.isAllowed ? PINVERDICT_ALLOW : PINVERDICT_REFUSE
        unsafe verdict.pointee.reason = pinverdict_reason(UInt32(answer.reason.rawValue))
        unsafe verdict.pointee.enforced = answer.isEnforced
        unsafe verdict.pointee.backup = answer.isBackup
        unsafe verdict.pointee.policy_serial = answer.serial
        unsafe verdict.pointee.matched_depth = -1
        if unsafe verdict.hasWholeSize {
            unsafe verdict.pointee.scts = Int32(answer.scts)
            unsafe verdict.pointee.sct_operators = Int32(answer.sctOperators)
            unsafe verdict.pointee.ct_logs_stale = answer.hasStaleLogs
        }
        if unsafe verdict.pointee.struct_size >= pinverdict_verdict.sizeWithDetail {
            unsafe verdict.pointee.failed_depth = Int32(truncatingIfNeeded: answer.failedDepth ?? -1)
        }
        guard let match = answer.match else { return }
        unsafe verdict.pointee.matched_depth = Int32(truncatingIfNeeded: match.depth)
        unsafe verdict.pointee.matched_kind = pinverdict_pin_kind(UInt32(match.kind.rawValue))
        unsafe match.digest.write(to: &verdict.pointee.matched_digest)
    }
}

extension pinverdict_verdict {
    /// One of our own, which a check fills in.
    @unsafe
    init(_ check: (VerdictOutput) -> pinverdict_decision) {
        self.init()
        struct_size = MemoryLayout<pinverdict_verdict>.size
        unsafe withUnsafeMutablePointer(to: &self) { verdict in
            if let output = unsafe VerdictOutput(verdict) { _ = unsafe check(output) }
        }
    }
}

@unsafe
func copy(_ text: StaticString, to output: UnsafeMutableRawBufferPointer) {
    unsafe copy(Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount), to: output)
}

extension Digest {
    /// Copies the 32 octets.
    @unsafe
    func write<Octets>(to output: inout Octets) {
        unsafe withUnsafeMutableBytes(of: &output) { unsafe write(to: $0) }
    }

    @unsafe
    func write(to output: UnsafeMutableRawBufferPointer) {
        guard let start = output.baseAddress, output.count >= MemoryLayout<Digest>.size else { return }
        unsafe withUnsafeBytes(of: self) { octets in
            if let first = octets.baseAddress { unsafe memcpy(start, first, octets.count) }
        }
    }
}
