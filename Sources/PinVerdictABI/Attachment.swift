// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdictCore

/// What a connection that a checker is attached to keeps until it ends.
@safe
struct Attachment: ~Copyable {
    let checker: UnsafeMutablePointer<CheckerBox>
    private let host: HostName
    /// Of the last check in this handshake, or after it.
    private(set) var last: pinverdict_verdict?
    /// The path that the last verdict refuses, if it was found in the handshake.
    private var refused: RefusedPath?

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
    mutating func forgetVerdict() { set(nil) }

    mutating func keep(_ verdict: pinverdict_verdict) { set(verdict) }

    private mutating func set(_ verdict: pinverdict_verdict?) {
        last = verdict
        refused = nil
    }

    /// Keeps a refusal that no policy was asked about.
    mutating func keep(_ refusal: Refusal, _ words: FindingText) {
        if last == nil { unsafe checker.pointee.count(refusal: refusal, host: host.span) }
        set(unsafe pinverdict_verdict { output in unsafe output.refuse(refusal, words) })
    }

    /// Shows the path that was refused.
    borrowing func show(_ observer: PathObserver) {
        switch refused {
        case .some(let path): unsafe observer.see(path.certificates)
        case .none: break
        }
    }

    /// Checks, and keeps the verdict, with the path where that is refused.
    mutating func verdict<Source: PathSource>(_ source: Source) -> pinverdict_verdict
    where Source.Path == CertificateArray {
        let checker = unsafe checker
        refused = nil
        let host = host.span
        let verdict = unsafe withUnsafeMutablePointer(to: &refused) { refused in
            unsafe checker.verdict(host: host, source, PathObserver(nil, nil, keepingRefused: refused))
        }
        last = verdict
        return verdict
    }
}
