// SPDX-License-Identifier: Apache-2.0

/// A public key that signs policies, of signify's or minisign's.
public struct SigningKey: BitwiseCopyable, Equatable, Sendable {
    public let id: ID
    private let octets: InlineArray<32, UInt8>

    /// What a signature names its key by. Keys are made with random ids; two may have one all the same.
    public struct ID: BitwiseCopyable, Equatable, Sendable {
        let number: UInt64

        public init(_ number: UInt64) { self.number = number }

        /// As minisign writes it: 16 hexadecimal digits.
        public var text: ASCIIText<16> {
            var text = ASCIIText<16>()
            for digit in 0..<16 {
                let value = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * digit)) & 15
                text.append(value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "A"))
            }
            return text
        }
    }

    /// Reads a file with a public key:
    ///
    ///     untrusted comment: …
    ///     base64 of: "Ed", the id, the key
    ///
    /// A key for which anybody can sign is refused, and one in an encoding that libraries read differently.
    public init(_ text: Span<UInt8>) throws(SignatureProblem) {
        var lines = SignatureLines(text)
        _ = try lines.comment("untrusted comment: ")
        let bytes = try lines.bytes(42)
        guard lines.isAtEnd else { throw .bad("lines follow the key") }
        guard bytes.span.starts(with: "Ed") else { throw .bad("the key is not one of Ed25519") }
        let point = bytes.span.extracting(droppingFirst: 10)
        guard Ed25519.isCanonical(point: point), !Ed25519.hasSmallOrder(point: point) else {
            throw .bad("the key is none: anybody can sign for it, or it is not encoded as keys are")
        }
        id = ID(bytes.span.word(at: 2))
        octets = InlineArray { bytes[10 + $0] }
    }

    /// The place of a key that is not there; for it nothing is signed.
    init() {
        id = ID(0)
        octets = InlineArray(repeating: 0)
    }

    /// The key as RFC 8032 encodes it.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { octets.span }
    }

    @inline(never)
    public static func == (left: SigningKey, right: SigningKey) -> Bool {
        guard left.id == right.id else { return false }
        for index in 0..<Ed25519.keySize where left.octets[index] != right.octets[index] { return false }
        return true
    }
}
