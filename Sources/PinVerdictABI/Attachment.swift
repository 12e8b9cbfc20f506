// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdict

/// What a connection that a checker is attached to keeps until it ends.
@safe
struct Attachment: ~Copyable {
    let checker: UnsafeMutablePointer<CheckerBox>
    private let host: HostName

    @unsafe
    init(_ checker: UnsafeMutablePointer<CheckerBox>, _ host: HostName) {
        unsafe checker.retain()
        unsafe self.checker = checker
        self.host = host
    }

    deinit { unsafe checker.release() }

    borrowing func allows<Source: PathSource>(_ source: Source) -> Bool where Source.Path == CertificateArray {
        verdict(source).decision == PINVERDICT_ALLOW
    }

    borrowing func verdict<Source: PathSource>(_ source: Source) -> pinverdict_verdict
    where Source.Path == CertificateArray {
        var verdict = pinverdict_verdict()
        verdict.struct_size = MemoryLayout<pinverdict_verdict>.size
        unsafe withUnsafeMutablePointer(to: &verdict) { verdict in
            guard let output = unsafe VerdictOutput(verdict) else { return }
            _ = unsafe checker.pointee.check(host: host.span, source, output)
        }
        return verdict
    }
}
