// SPDX-License-Identifier: Apache-2.0

/// A key that no path may contain, and the section that says so.
public struct RejectedKey: BitwiseCopyable, Sendable {
    let key: NumberedDigest

    init(_ digest: Digest, by section: RejectingSection, line: Int) {
        key = NumberedDigest(digest, section.number, line: UInt32(truncatingIfNeeded: line))
    }

    init(_ key: NumberedDigest) { self.key = key }

    public var digest: Digest { key.digest }

    /// Where it stands in the text, from 1.
    public var line: Int { Int(key.line) }

    /// Who rejects it: `[policy]`, a set or a rule, by its number.
    public var rejecter: Rejecter { RejectingSection(number: key.number).rejecter }

    public enum Rejecter: Equatable, Sendable {
        case policy
        case set(Int)
        case rule(Int)
    }
}

/// A section that may reject keys, as one number, `[policy]` before all others: no policy has so many sections that it
/// would not fit.
struct RejectingSection: BitwiseCopyable, Equatable, Sendable {
    let number: UInt32

    static var policy: RejectingSection { RejectingSection(number: 0) }
    static func set(_ number: Int) -> RejectingSection { RejectingSection(1, number) }
    static func rule(_ number: Int) -> RejectingSection { RejectingSection(2, number) }

    init(number: UInt32) { self.number = number }

    private init(_ kind: UInt32, _ number: Int) {
        self.number = kind << 30 | UInt32(truncatingIfNeeded: number) & (1 << 30 - 1)
    }

    var rejecter: RejectedKey.Rejecter {
        let rest = Int(number & (1 << 30 - 1))
        return number == 0 ? .policy : number >> 30 == 1 ? .set(rest) : .rule(rest)
    }
}
