// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import PinVerdictCore

/// The first backend of a list, or one of the rest. The choice is a branch, so that checks need no existential.
public enum OneOf<First: TLSLibrary, Rest: BackendChoice>: BackendChoice {
    case first(First)
    case rest(Rest)

    public static var names: BackendSet { First.names.union(Rest.names) }

    /// What AUTO stands for.
    public static var automatic: OneOf { .first(First()) }

    public init?(_ name: BackendName) {
        if let first = First(name) {
            self = .first(first)
        } else if let rest = Rest(name) {
            self = .rest(rest)
        } else {
            return nil
        }
    }

    public var name: BackendName {
        switch self {
        case .first(let backend): backend.name
        case .rest(let backend): backend.name
        }
    }

    public var library: ASCIIText<63> {
        switch self {
        case .first(let backend): backend.library
        case .rest(let backend): backend.library
        }
    }

    public func sha256(_ bytes: Span<UInt8>) -> Digest? {
        switch self {
        case .first(let backend): backend.sha256(bytes)
        case .rest(let backend): backend.sha256(bytes)
        }
    }

    public func isSignature(_ signature: Span<UInt8>, of message: Span<UInt8>, by key: Span<UInt8>) -> Bool? {
        switch self {
        case .first(let backend): backend.isSignature(signature, of: message, by: key)
        case .rest(let backend): backend.isSignature(signature, of: message, by: key)
        }
    }

    public func sha256(ofPieces body: (_ hash: (Span<UInt8>) -> Void) -> Void) -> Digest? {
        switch self {
        case .first(let backend): backend.sha256(ofPieces: body)
        case .rest(let backend): backend.sha256(ofPieces: body)
        }
    }

    public func isKey(_ info: Span<UInt8>) -> Bool? {
        switch self {
        case .first(let backend): backend.isKey(info)
        case .rest(let backend): backend.isKey(info)
        }
    }

    public func isSignature(_ signature: Span<UInt8>, ofDigest digest: Digest, byKey info: Span<UInt8>) -> Bool {
        switch self {
        case .first(let backend): backend.isSignature(signature, ofDigest: digest, byKey: info)
        case .rest(let backend): backend.isSignature(signature, ofDigest: digest, byKey: info)
        }
    }

    public func withSubjectPublicKeyInfo<Result>(
        of certificate: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        switch self {
        case .first(let backend): backend.withSubjectPublicKeyInfo(of: certificate, body)
        case .rest(let backend): backend.withSubjectPublicKeyInfo(of: certificate, body)
        }
    }

    public func isSameName(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        switch self {
        case .first(let backend): backend.isSameName(one, other)
        case .rest(let backend): backend.isSameName(one, other)
        }
    }

    @unsafe
    public func loadAnchors(
        file: UnsafePointer<CChar>?
    ) throws(TrustStoreFailure) -> OneOfAnchors<First.Anchors, Rest.Anchors> {
        switch self {
        case .first(let backend): .first(try unsafe backend.loadAnchors(file: file))
        case .rest(let backend): .rest(try unsafe backend.loadAnchors(file: file))
        }
    }

    public func withText<Result>(ofName encoded: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result? {
        switch self {
        case .first(let backend): backend.withText(ofName: encoded, body)
        case .rest(let backend): backend.withText(ofName: encoded, body)
        }
    }
}

extension OneOf: CaseIterable {
    /// Those that are built in, what AUTO stands for first.
    public static var allCases: [OneOf] { BackendName.allCases.compactMap { OneOf($0) } }
}
