// SPDX-License-Identifier: Apache-2.0

/// The algorithms whose bare key a `key-sha256` pin may name. A bare key of any other algorithm says too
/// little: the same bits can be keys of several.
public enum KeyAlgorithm: UInt8, Sendable {
    case other = 0
    case rsa
    case p256
    case p384
    case p521
    case ed25519
    case ed448

    /// Each identifier is its DER contents behind a leading 1.
    init(algorithm: UInt128, namedCurve: UInt128) {
        switch algorithm {
        case 0x1_2a86_4886_f70d_0101_01: self = .rsa  // 1.2.840.113549.1.1.1, RFC 8017
        case 0x1_2b65_70: self = .ed25519  // 1.3.101.112, RFC 8410
        case 0x1_2b65_71: self = .ed448  // 1.3.101.113, RFC 8410
        case 0x1_2a86_48ce_3d02_01:  // 1.2.840.10045.2.1, RFC 5480
            switch namedCurve {
            case 0x1_2a86_48ce_3d03_0107: self = .p256
            case 0x1_2b81_0400_22: self = .p384
            case 0x1_2b81_0400_23: self = .p521
            default: self = .other
            }
        default: self = .other
        }
    }

    public var description: StaticString {
        switch self {
        case .other: "other"
        case .rsa: "RSA"
        case .p256: "EC P-256"
        case .p384: "EC P-384"
        case .p521: "EC P-521"
        case .ed25519: "Ed25519"
        case .ed448: "Ed448"
        }
    }
}
