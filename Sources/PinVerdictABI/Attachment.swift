// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdict

/// What a connection that a checker is attached to keeps until it ends.
@safe
struct Attachment: ~Copyable {
    let checker: UnsafeMutablePointer<CheckerBox>
    private let host: HostName
    /// Of the last check in this handshake, or after it.
    private(set) var last: pinverdict_verdict?

    @unsafe
    init(_ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName) {
        unsafe checker.retain()
        unsafe self.checker = checker
        self.host = host
    }

    deinit { unsafe checker.release() }

    /// Whether it is this checker and this host that a check is about.
    @unsafe
    borrowing func isOf(_ checker: UnsafeMutablePointer<CheckerBox>, _ host: Span<UInt8>) -> Bool {
        guard unsafe self.checker == checker, let host = HostName(host) else { return false }
        return isEqual(self.host.span, host.span)
    }

    /// Begins another handshake.
    mutating func forgetVerdict() { last = nil }

    mutating func keep(_ verdict: pinverdict_verdict) { last = verdict }

    /// Keeps a refusal that no policy was asked about.
    mutating func keep(_ refusal: Refusal, _ words: FindingText) {
        if last == nil { unsafe checker.pointee.count(refusal: refusal) }
        last = unsafe pinverdict_verdict { output in unsafe output.refuse(refusal, words) }
    }

    /// Checks, and keeps the verdict.
    mutating func verdict<Source: PathSource>(_ source: Source) -> pinverdict_verdict
    where Source.Path == CertificateArray {
        let verdict = unsafe checker.verdict(host: host.span, source)
        last = verdict
        return verdict
    }
}
