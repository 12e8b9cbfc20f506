// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import PinVerdict

/// A path, and the steps in whose memory it lies.
struct CapturedPath: ~Copyable {
    private let steps: PathCapture
    private let path: CapturedCertificates

    /// Nil where the steps do not give a path from a leaf.
    init?(_ steps: consuming PathCapture, from leaf: Span<UInt8>) {
        guard let path = steps.path(from: leaf) else { return nil }
        self.path = path
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
}
