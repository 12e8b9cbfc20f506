// SPDX-License-Identifier: Apache-2.0

/// What is wrong with bytes that should have been DER (X.690, section 10 and 11).
public enum MalformedDER: UInt8, Error {
    case truncated = 1
    case indefiniteLength
    case nonMinimalLength
    case tooLarge
    case unexpectedTag
    case trailingBytes
    case emptyInteger
    case nonMinimalInteger
    case unsupportedVersion
    case unusedBits
    case malformedObjectIdentifier
    case malformedParameters
    case nestedTooDeep

    /// The rest of a sentence that begins with "the certificate".
    public var description: StaticString {
        switch self {
        case .truncated: "ends before one of its elements does"
        case .indefiniteLength: "has an indefinite length, which DER forbids (X.690, 10.1)"
        case .nonMinimalLength: "has a length in more octets than it needs (X.690, 10.1)"
        case .tooLarge: "or one of its elements is larger than 1 MiB"
        case .unexpectedTag: "has an element where RFC 5280, section 4.1, puts another"
        case .trailingBytes: "has bytes after the end of an element's contents"
        case .emptyInteger: "has an INTEGER without octets"
        case .nonMinimalInteger: "has an INTEGER in more octets than it needs (X.690, 8.3.2)"
        case .unsupportedVersion: "has a version other than v1, v2 or v3 as DER writes them"
        case .unusedBits: "has a public key that does not end on an octet"
        case .malformedObjectIdentifier: "has a malformed OBJECT IDENTIFIER (X.690, 8.19)"
        case .malformedParameters: "has key parameters that are not DER"
        case .nestedTooDeep: "has key parameters nested deeper than 16 levels"
        }
    }
}
