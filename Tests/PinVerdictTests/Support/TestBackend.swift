// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import Testing

@testable import PinVerdictCore

/// The backends that the tests are built with.
typealias TestBackend = BuiltInBackend

extension TestBackend {
    /// One of them, where any will do.
    static var any: TestBackend { .automatic }
}

extension OneOf: CustomTestStringConvertible {
    public var testDescription: String { name.text.description }
}

/// A library that hashes so many times, then fails; and whose extractor finds what it is told to.
final class FailingBackend: TLSBackend {
    private var hashesLeft: Int
    private let key: [UInt8]?

    init(afterHashes hashes: Int = 0, finding key: [UInt8]? = nil) {
        hashesLeft = hashes
        self.key = key
    }

    func sha256(_ bytes: Span<UInt8>) -> Digest? {
        guard hashesLeft > 0 else { return nil }
        hashesLeft -= 1
        return TestBackend.any.sha256(bytes)
    }

    func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? { nil }

    func isKey(_ info: Span<UInt8>) -> Bool? { nil }

    func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool { false }

    func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? { nil }

    func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        key.map { body($0.span) }
    }
}
