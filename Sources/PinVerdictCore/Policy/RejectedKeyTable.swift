// SPDX-License-Identifier: Apache-2.0

/// The keys that a policy and its sections reject, sorted: a check looks for a certificate's key once, in all of them,
/// and asks only where it is found whose it is.
public struct RejectedKeyTable: ~Escapable {
    /// By digest, and of one digest by ``RejectingSection``.
    private let keys: Span<NumberedDigest>

    @_lifetime(copy keys)
    public init(_ keys: Span<NumberedDigest>) { self.keys = keys }

    public var count: Int { keys.count }

    public subscript(number: Int) -> RejectedKey { RejectedKey(keys[number]) }

    /// The section that comes first among those that reject a key; nil where none does.
    @inline(never)
    func firstSection(rejecting digest: Digest) -> RejectingSection? {
        let place = keys.place(of: NumberedDigest(digest, 0))
        return place < keys.count && keys[place].digest == digest ? RejectingSection(number: keys[place].number) : nil
    }

    func contains(_ digest: Digest, by section: RejectingSection) -> Bool {
        let key = NumberedDigest(digest, section.number)
        let place = keys.place(of: key)
        return place < keys.count && !key.isBefore(keys[place])
    }
}
