// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// An entry of a log, from either of its interfaces.
struct LogEntry {
    /// In the tree.
    let hash: Digest
    let content: Content

    enum Content {
        case certificate(TimestampedEntry, Issuers)
        /// The log gives bytes that are no entry.
        case unreadable
    }

    enum Issuers {
        case certificates([[UInt8]])
        /// SHA-256 of each, by which a static log gives them.
        case fingerprints([[UInt8]])
    }

    /// RFC 6962, section 3.4.
    struct TimestampedEntry {
        let timestamp: UInt64
        /// A certificate, or what is signed of it.
        let bytes: [UInt8]
        /// Nil for a certificate.
        let issuerKeyHash: [UInt8]?

        init?(_ cursor: inout ByteCursor) {
            guard let timestamp = cursor.number(octets: 8), let kind = cursor.number(octets: 2), kind <= 1 else {
                return nil
            }
            var issuerKeyHash: [UInt8]?
            if kind == 1 {
                guard let hash = cursor.take(Digest.size) else { return nil }
                issuerKeyHash = Array(hash)
            }
            guard let bytes = cursor.vector(lengthOctets: 3), cursor.vector(lengthOctets: 2) != nil else { return nil }
            self.timestamp = timestamp
            self.bytes = Array(bytes)
            self.issuerKeyHash = issuerKeyHash
        }

        /// In the form of a certificate. That of a precertificate has a signature of no bytes.
        var certificate: [UInt8] {
            guard issuerKeyHash != nil else { return bytes }
            let algorithm: [UInt8] = [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]
            let signature: [UInt8] = [0x03, 0x01, 0x00]
            let count = bytes.count + algorithm.count + signature.count
            let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
            // Minimal, as certificates have to be.
            let header: [UInt8] =
                count < 0x80
                ? [0x30, length[2]]
                : count < 0x100
                    ? [0x30, 0x81, length[2]] : count < 0x10000 ? [0x30, 0x82] + length[1...] : [0x30, 0x83] + length
            return header + bytes + algorithm + signature
        }
    }

    /// An entry of `get-entries` (RFC 6962, section 4.6).
    init(leafInput: [UInt8], extraData: [UInt8]) {
        hash = MerkleHash.leaf(leafInput)
        var leaf = ByteCursor(leafInput[...])
        var extra = ByteCursor(extraData[...])
        guard leaf.take(2)?.elementsEqual([0, 0]) == true, let entry = TimestampedEntry(&leaf), leaf.isAtEnd else {
            content = .unreadable
            return
        }
        // The precertificate as it was handed in.
        if entry.issuerKeyHash != nil { _ = extra.vector(lengthOctets: 3) }
        var issuers: [[UInt8]] = []
        if let list = extra.vector(lengthOctets: 3) {
            var list = ByteCursor(list)
            while let issuer = list.vector(lengthOctets: 3) { issuers.append(Array(issuer)) }
        }
        content = .certificate(entry, .certificates(issuers))
    }

    /// The next entry of a data tile (c2sp.org/static-ct-api); nil where there is none.
    init?(tile: ArraySlice<UInt8>, _ cursor: inout ByteCursor) {
        let start = cursor.position
        guard let entry = TimestampedEntry(&cursor) else { return nil }
        hash = MerkleHash.leaf([0, 0] + tile[start..<cursor.position])
        if entry.issuerKeyHash != nil, cursor.vector(lengthOctets: 3) == nil { return nil }
        guard let list = cursor.vector(lengthOctets: 2), list.count % Digest.size == 0 else { return nil }
        let fingerprints = stride(from: list.startIndex, to: list.endIndex, by: Digest.size).map {
            Array(list[$0..<($0 + Digest.size)])
        }
        content = .certificate(entry, .fingerprints(fingerprints))
    }
}
