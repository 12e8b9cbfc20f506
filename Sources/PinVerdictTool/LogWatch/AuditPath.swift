// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The way from a leaf up to a root (RFC 6962, section 2.1.1). What lies left of it is the compact range of the leaves
/// before, so that a range of any length can be held against the root of a longer tree.
struct AuditPath {
    let root: Digest
    /// Of all leaves up to this one, itself included.
    let range: CompactRange

    /// - Parameter siblings: From the leaf upwards. Nil where they are too many or too few.
    init?(of leaf: Digest, at index: UInt64, in size: UInt64, _ siblings: [Digest]) {
        guard index < size else { return nil }
        var (place, last, hash) = (index, size - 1, leaf)
        var left: [Digest] = []
        for sibling in siblings {
            guard last > 0 else { return nil }
            if place & 1 == 1 || place == last {
                hash = MerkleHash.node(sibling, hash)
                left.append(sibling)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleHash.node(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        guard last == 0, var range = CompactRange(size: index, hashes: left.reversed()) else { return nil }
        range.append(leaf)
        root = hash
        self.range = range
    }
}
