// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// The hashes of a log's tree (RFC 6962, section 2.1).
enum MerkleHash {
    static func leaf(_ bytes: [UInt8]) -> Digest { sha256([0] + bytes) }

    static func node(_ left: Digest, _ right: Digest) -> Digest { sha256([1] + left.octets + right.octets) }

    static let ofNothing = sha256([])

    static func sha256(_ bytes: [UInt8]) -> Digest {
        guard let digest = BuiltInBackend.automatic.sha256(bytes.span) else {
            // No log can be followed without.
            fatalError("the TLS library could not compute SHA-256")
        }
        return digest
    }
}

extension Digest {
    var octets: [UInt8] { (0..<Digest.size).map { self[$0] } }

    /// Nil where there are not 32.
    init?(octets: some Collection<UInt8>) {
        guard octets.count == Digest.size else { return nil }
        self.init()
        for (index, octet) in octets.enumerated() { self[index] = octet }
    }
}
