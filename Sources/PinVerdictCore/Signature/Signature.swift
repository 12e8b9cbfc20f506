// SPDX-License-Identifier: Apache-2.0

/// A signature in a file of signify's or minisign's:
///
///     untrusted comment: …
///     base64 of: "Ed", the key's id, the signature
///
/// `signify -S -e` writes the message behind it. minisign writes two lines more, of which the second signs the
/// signature together with what stands in the first:
///
///     trusted comment: …
///     base64 of a signature
public struct Signature: ~Escapable {
    public let keyID: SigningKey.ID
    /// "Ed", the key's id, the signature.
    private let bytes: Base64.Octets
    private let trusted: Trusted?

    private struct Trusted: ~Escapable {
        let comment: Span<UInt8>
        let signature: Base64.Octets

        @_lifetime(copy comment)
        init(_ comment: Span<UInt8>, _ signature: Base64.Octets) {
            self.comment = comment
            self.signature = signature
        }
    }

    /// Octets of the largest file that has one.
    public static var maximumSize: Int { 4 * SignatureLines.maximumLine }

    /// Reads a file that has a signature and nothing else.
    @_lifetime(copy text)
    public init(alone text: Span<UInt8>) throws(SignatureProblem) {
        var lines = SignatureLines(text)
        let bytes = try Signature.bytes(&lines)
        guard !lines.isAtEnd else {
            self.init(bytes, nil)
            return
        }
        let comment = try lines.comment("trusted comment: ")
        let signature = try lines.bytes(Ed25519.signatureSize)
        guard lines.isAtEnd else { throw .bad("lines follow the signature") }
        self.init(bytes, Trusted(comment, signature))
    }

    /// Reads the signature at the start of a text, and takes it off.
    @_lifetime(copy text)
    @_lifetime(text: copy text)
    public init(takenOff text: inout Span<UInt8>) throws(SignatureProblem) {
        guard text.count == 0 || text.starts(with: "untrusted comment: ") else {
            throw .bad(
                "it is not signed: it does not begin with \"untrusted comment: \", as what signify -S -e writes does")
        }
        var lines = SignatureLines(text)
        let bytes = try Signature.bytes(&lines)
        text = lines.rest
        self.init(bytes, nil)
    }

    @_lifetime(copy trusted)
    private init(_ bytes: Base64.Octets, _ trusted: consuming Trusted?) {
        keyID = SigningKey.ID(bytes.span.word(at: 2))
        self.bytes = bytes
        self.trusted = trusted
    }

    private static func bytes(_ lines: inout SignatureLines) throws(SignatureProblem) -> Base64.Octets {
        _ = try lines.comment("untrusted comment: ")
        let bytes = try lines.bytes(74)
        if bytes.span.starts(with: "ED") {
            throw .bad("the signature is of a hash of the policy; have minisign sign the policy itself, with -l")
        }
        guard bytes.span.starts(with: "Ed") else { throw .bad("the signature is not one of Ed25519") }
        return bytes
    }

    /// How many lines of the text it takes, where the message stands behind it.
    public static var lines: Int { 2 }

    /// 64 octets.
    var signature: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(droppingFirst: 10) }
    }

    /// True where there is no comment.
    func hasCommentSigned<Backend: TLSBackend>(
        by key: SigningKey, _ backend: Backend
    ) throws(SignatureProblem) -> Bool {
        guard let trusted else { return true }
        var signed = ASCIIText<8256>()
        signed.append(signature)
        signed.append(trusted.comment)
        guard !signed.isTruncated else { return false }
        return try key.hasSigned(signed.span, trusted.signature.span, backend)
    }
}
