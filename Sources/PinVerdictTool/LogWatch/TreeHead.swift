// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What a log has signed: that its tree of this size has this root.
struct TreeHead {
    let size: UInt64
    /// Milliseconds since 1970.
    let timestamp: UInt64
    let root: Digest

    /// No log has more entries.
    private static let maximumSize: UInt64 = 1 << 48

    /// Nil where the log's key has not signed it (RFC 6962, section 3.5).
    init?(size: UInt64, timestamp: UInt64, root: Digest, signed: ArraySlice<UInt8>, by key: LogKey) {
        guard size <= TreeHead.maximumSize else { return nil }
        let message: [UInt8] = [0, 1] + timestamp.octets + size.octets + root.octets
        guard key.hasSigned(message, signed) else { return nil }
        self.size = size
        self.timestamp = timestamp
        self.root = root
    }

    /// A static log's checkpoint: a signed note, whose lines are the origin, the size, the root, and others.
    init?(checkpoint: [UInt8], of log: LogDescription) {
        let text = String(decoding: checkpoint, as: UTF8.self)
        guard let gap = text.firstRange(of: "\n\n") else { return nil }
        let lines = text[..<gap.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == log.origin, let size = UInt64(lines[1]), String(size) == lines[1],
            let root = Digest(base64: String(lines[2]))
        else { return nil }
        let mark = "\u{2014} \(log.origin) "
        let name = MerkleHash.sha256(Array(log.origin.utf8) + [UInt8(ascii: "\n"), 5] + log.key.id.octets)
        for line in text[gap.upperBound...].split(separator: "\n") where line.hasPrefix(mark) {
            guard let blob = try? Base64.octets(Array(line.dropFirst(mark.count).utf8).span) else { continue }
            var cursor = ByteCursor(blob[...])
            // Others may sign it, too.
            guard cursor.take(4)?.elementsEqual(name.octets.prefix(4)) == true,
                let timestamp = cursor.number(octets: 8),
                let head = TreeHead(
                    size: size, timestamp: timestamp, root: root, signed: blob[cursor.position...], by: log.key)
            else { continue }
            self = head
            return
        }
        return nil
    }
}

extension UInt64 {
    /// Big-endian.
    fileprivate var octets: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) } }
}
