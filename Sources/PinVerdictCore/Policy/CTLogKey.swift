// SPDX-License-Identifier: Apache-2.0

/// The public key of a log: the SubjectPublicKeyInfo of an uncompressed point of P-256, in its one encoding.
public struct CTLogKey: BitwiseCopyable, Sendable {
    private var octets = InlineArray<91, UInt8>(repeating: 0)

    init() {}

    /// Nil for any other key. Whether there is such a point, a TLS library is asked when a policy is set.
    package init?(_ info: Span<UInt8>) {
        guard let fields = try? SubjectPublicKeyInfo(info), fields.keyAlgorithm == .p256, info.count == octets.count,
            fields.key.count == 65, fields.key[0] == 4
        else { return nil }
        for index in info.indices { octets[index] = info[index] }
    }

    public func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(octets.span) }

    static func == (one: CTLogKey, other: CTLogKey) -> Bool { isEqual(one.octets.span, other.octets.span) }

    /// Whether anybody can sign with it: the private keys of the two logs by which GoogleChrome/CertificateTransparency
    /// shows what becomes of copies of Google's list (mimics/) are public. By their points' first coordinate.
    package var isPublished: Bool {
        let words: (Int) -> UInt64 = { octets.span.word(at: 27 + 8 * $0).byteSwapped }
        return words(0) == 0x74ef_fe76_71ff_3594 && words(1) == 0x8148_b9a6_37db_b687
            && words(2) == 0x81cd_4e70_8e2d_e53e && words(3) == 0xa0c0_6247_29c8_bd0f
            || words(0) == 0x07f5_6d70_bec1_49b1 && words(1) == 0x8fe1_063b_5236_9a5c
                && words(2) == 0xe778_810f_3447_53f1 && words(3) == 0x2d9b_5f62_27e4_f991
    }
}
