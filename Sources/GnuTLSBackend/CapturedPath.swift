// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// A path, and the steps in whose memory it lies.
struct CapturedPath: ~Copyable {
    private let steps: PathCapture
    private let path: CapturedCertificates

    /// Whether GnuTLS looked at times and took the first way that it tried, which it takes at any time.
    let isFirstChoice: Bool

    /// Nil where the steps do not give a path from a leaf.
    init?(_ steps: consuming PathCapture, from leaf: Span<UInt8>, looksAtTimes: Bool) {
        guard let path = steps.path(from: leaf) else { return nil }
        self.path = path
        isFirstChoice = looksAtTimes && !steps.hasFailed
        self.steps = steps
    }

    /// Without its last certificates, to be validated again while this path lives.
    borrowing func dropping(_ last: Int) -> CertificateStorage { path.storage.dropping(last) }

    var count: Int { path.storage.count }

    /// Lends the path, whose memory is there until the body returns.
    borrowing func withCertificates<Result>(_ body: (CertificateArray) -> Result) -> Result {
        path.storage.withCertificates(body)
    }

    func isValid(at time: Int64) -> Bool { path.isValid(at: time) }

    /// A copy to be remembered. Nil where there is no memory, or none is of use.
    @unsafe
    borrowing func kept(
        _ imported: inout ImportedChain, to list: gnutls_x509_trust_list_t, at time: Int64
    ) -> KeptPath? {
        guard isFirstChoice else { return nil }
        guard let kept = unsafe KeptPath(path, &imported, to: list, at: time) else { return nil }
        guard unsafe kept.leads(to: list) else {
            kept.free()
            return nil
        }
        return kept
    }
}
