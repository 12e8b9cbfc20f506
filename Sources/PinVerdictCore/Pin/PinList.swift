// SPDX-License-Identifier: Apache-2.0

/// The lists of a rule. Every list that is not empty must match, and does so where any of its pins matches.
public enum PinList: UInt8, Sendable {
    // Numbered from 0, without a gap; the numbers are those of `pinverdict_pin_list`.

    /// Any certificate that the rule's match allows.
    case any = 0
    /// Depth 0 alone.
    case leaf = 1
    /// Every deeper certificate.
    case ca = 2

    /// How many there are. A test counts the cases.
    public static var count: Int { 3 }

    /// For loops over all lists, with indices from 0 to below ``count``.
    public init?(index: Int) { self.init(rawValue: UInt8(truncatingIfNeeded: index)) }

    /// What stands before a pin's key in a policy.
    public var prefix: StaticString {
        switch self {
        case .any: ""
        case .leaf: "leaf-"
        case .ca: "ca-"
        }
    }
}
