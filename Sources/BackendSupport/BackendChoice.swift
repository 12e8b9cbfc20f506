// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// One of the backends that are built in.
public protocol BackendChoice: TLSBackend, Sendable {
    associatedtype Anchors: TrustStore where Anchors.Path == CertificateArray

    /// The backends that a value of this type can be.
    static var names: BackendSet { get }

    /// Nil for a backend that is not built in.
    init?(_ name: BackendName)

    var name: BackendName { get }

    /// The library and its version, such as "OpenSSL 3.0.17".
    var library: ASCIIText<63> { get }

    /// Loads the trust anchors of a PEM file, or without one the system's, as they are now. Where the system has none,
    /// nothing is trusted. Environment variables change nothing.
    @unsafe
    func loadAnchors(file: UnsafePointer<CChar>?) throws(TrustStoreFailure) -> Anchors

    /// Puts an encoded X.500 name into words, as RFC 4514 does, in UTF-8; nil for what the library cannot read.
    func withText<Result>(ofName encoded: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result?
}
