// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import PinVerdictCore

/// The end of the list of backends. It has no values, so that no code of it is in the library.
public enum NoBackend: BackendChoice, TrustStore {
    public static var names: BackendSet { [] }

    public init?(_ name: BackendName) { return nil }

    public var name: BackendName { switch self {} }
    public var library: ASCIIText<63> { switch self {} }

    public func sha256(_ bytes: Span<UInt8>) -> Digest? { switch self {} }

    public func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? {
        switch self {}
    }

    public func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? { switch self {} }

    public func isKey(_ info: Span<UInt8>) -> Bool? { switch self {} }

    public func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool {
        switch self {}
    }

    public func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? { switch self {} }

    @unsafe
    public func loadAnchors(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) -> NoBackend { switch self {} }

    public func withText<Result>(ofName encoded: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
        switch self {}
    }

    public func words(for finding: UInt32) -> FindingText { switch self {} }

    public func free() { switch self {} }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<CertificateArray>) -> Result
    ) throws(Refusal) -> Result { switch self {} }
}
