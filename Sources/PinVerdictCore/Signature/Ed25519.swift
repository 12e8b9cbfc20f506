// SPDX-License-Identifier: Apache-2.0

/// What has to be true of an Ed25519 key and a signature (RFC 8032) before a TLS library is asked about them, so that
/// all give one answer: OpenSSL takes keys in a second spelling, which nettle refuses. The mathematics stays theirs.
enum Ed25519 {
    static var keySize: Int { 32 }
    static var signatureSize: Int { 64 }

    /// Whether 32 octets are the one encoding of a point, as far as can be seen without finding it on the curve: y is
    /// below p, and an x of 0 has no sign.
    static func isCanonical(point: Span<UInt8>) -> Bool {
        let y = Coordinate(point)
        guard y.isBelow(.p) else { return false }
        let hasNoX = y.isZeroOrOne && y.first == 1 || y == .minusOne
        return point[31] < 0x80 || !hasNoX
    }

    /// Whether a point is of those of order 1, 2, 4 and 8, for which anybody can sign; by y, which they share in pairs.
    static func hasSmallOrder(point: Span<UInt8>) -> Bool {
        let y = Coordinate(point)
        return y.isZeroOrOne || y == .minusOne || y == .ofOrder8 || y == .minusOfOrder8
    }

    /// Whether 64 octets are the one spelling of a signature: a canonical point, and a number below the group's order.
    static func isCanonical(signature: Span<UInt8>) -> Bool {
        isCanonical(point: signature.extracting(first: 32))
            && Coordinate(number: signature.extracting(droppingFirst: 32)).isBelow(.groupOrder)
    }
}

/// A number of 256 bits, least word first.
private struct Coordinate: Equatable {
    let first, second, third: UInt64
    var last: UInt64

    /// Of 32 octets.
    @inline(never)
    init(number octets: Span<UInt8>) {
        first = octets.word(at: 0)
        second = octets.word(at: 8)
        third = octets.word(at: 16)
        last = octets.word(at: 24)
    }

    /// y of an encoded point, without the sign of x.
    init(_ point: Span<UInt8>) {
        self.init(number: point)
        last &= ~0 >> 1
    }

    private init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ last: UInt64) {
        self.first = first
        self.second = second
        self.third = third
        self.last = last
    }

    @inline(never)
    func isBelow(_ other: Coordinate) -> Bool {
        if last != other.last { return last < other.last }
        if third != other.third { return third < other.third }
        return second == other.second ? first < other.first : second < other.second
    }

    /// 2^255 - 19.
    static var p: Coordinate { Coordinate(~18, ~0, ~0, ~0 >> 1) }
    /// 0 and 1.
    var isZeroOrOne: Bool { second | third | last == 0 && first < 2 }
    static var minusOne: Coordinate { Coordinate(~19, ~0, ~0, ~0 >> 1) }
    static var ofOrder8: Coordinate {
        Coordinate(0xb027_b2c2_8f95_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1)
    }
    static var minusOfOrder8: Coordinate {
        Coordinate(0x4fd8_4d3d_706a_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e)
    }
    /// 2^252 + 27742317777372353535851937790883648493.
    static var groupOrder: Coordinate {
        Coordinate(0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000)
    }
}
