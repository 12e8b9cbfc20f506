// SPDX-License-Identifier: Apache-2.0

/// What a pin is the SHA-256 of. A new kind is a case here, with the next number, and one in `PinKind+Digest.swift`,
/// which says what is hashed; the widths of what is packed follow from the number of kinds.
public enum PinKind: UInt8, BitwiseCopyable, Sendable {
    // The numbers are those of `pinverdict_pin_kind`: from 1, without a gap.

    /// The SubjectPublicKeyInfo as encoded.
    case spki = 1
    /// The bare key.
    case key = 2
    /// The certificate.
    case certificate = 3

    /// How many there are. A test counts the cases.
    public static var count: Int { 3 }

    /// The kind at a place in ``count``, for loops: `CaseIterable` would make an array.
    public init?(index: Int) { self.init(rawValue: UInt8(truncatingIfNeeded: index &+ 1)) }

    /// From 0.
    var index: UInt8 { rawValue &- 1 }

    /// The policy key for a pin of this kind, without the prefixes of lists and backups.
    public var keyName: StaticString {
        switch self {
        case .spki: "pin-sha256"
        case .key: "key-sha256"
        case .certificate: "certificate-sha256"
        }
    }
}
