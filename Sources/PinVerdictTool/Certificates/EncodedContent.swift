// SPDX-License-Identifier: Apache-2.0

/// The bytes of something that has a key, or wraps certificates, and where they come from.
struct EncodedContent {
    let kind: ContentKind
    let fileName: String
    /// The line of its BEGIN; nil for a DER file.
    let line: Int?
    /// A private key's whole PEM block, as there are headers in some; else DER.
    let bytes: [UInt8]
    let isPEM: Bool

    /// The start of a message about it, such as "backup.pem:3".
    var place: String { Place.text(fileName, line) }
}
