// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What has to be kept of a tree's first leaves to go on: the roots of the perfect subtrees that they make, the largest
/// first.
struct CompactRange: Sendable, Equatable {
    private(set) var size: UInt64 = 0
    private(set) var hashes: [Digest] = []

    init() {}

    /// Nil where there cannot be so many hashes for the size.
    init?(size: UInt64, hashes: [Digest]) {
        guard hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    mutating func append(_ leaf: Digest) {
        var hash = leaf
        var rest = size
        while rest & 1 == 1, let left = hashes.popLast() {
            hash = MerkleHash.node(left, hash)
            rest >>= 1
        }
        hashes.append(hash)
        size += 1
    }

    var root: Digest {
        guard var root = hashes.last else { return MerkleHash.ofNothing }
        for left in hashes.dropLast().reversed() { root = MerkleHash.node(left, root) }
        return root
    }
}
