// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A log by its tiles (c2sp.org/static-ct-api).
final class StaticLog: LogSource {
    private let client: LogClient
    /// Those fetched last: certificates of one authority come in rows, and paths go through the same tiles.
    private var issuers: [[UInt8]: [UInt8]] = [:]
    private var tiles: [String: [Digest]] = [:]

    private static let width: UInt64 = 256
    private static let maximumCheckpoint = 1 << 16
    private static let maximumData = 64 << 20
    private static let maximumKept = 64

    init(_ client: LogClient) { self.client = client }

    func head() throws(LogFailure) -> TreeHead {
        let log = client.log
        return try client.get("checkpoint", limit: StaticLog.maximumCheckpoint, misfit: StaticLog.unsigned) {
            TreeHead(checkpoint: $0, of: log)
        }
    }

    func entries(from start: UInt64, in size: UInt64) throws(LogFailure) -> [LogEntry] {
        let number = start / StaticLog.width
        let first = number * StaticLog.width
        let entries = try tile("tile/data/", number, of: size, limit: StaticLog.maximumData) { bytes, count in
            StaticLog.entries(bytes, count: count)
        }
        return Array(entries.dropFirst(Int(start - first)))
    }

    /// Nil unless there are exactly so many.
    private static func entries(_ bytes: [UInt8], count: Int) -> [LogEntry]? {
        var entries: [LogEntry] = []
        var cursor = ByteCursor(bytes[...])
        while !cursor.isAtEnd {
            guard entries.count < count, let entry = LogEntry(tile: bytes[...], &cursor) else { return nil }
            entries.append(entry)
        }
        return entries.count == count ? entries : nil
    }

    /// As much of a tile as a tree with so many elements in this row has.
    private func tile<Element>(
        _ row: String, _ number: UInt64, of size: UInt64, limit: Int, _ read: ([UInt8], Int) -> [Element]?
    ) throws(LogFailure) -> [Element] {
        let count = Int(min(StaticLog.width, size - number * StaticLog.width))
        let whole = Int(StaticLog.width)
        let path = row + StaticLog.path(of: number)
        guard count < whole else { return try client.get(path, limit: limit) { read($0, whole) } }
        do throws(LogFailure) {
            return try client.get("\(path).p/\(count)", limit: limit) { read($0, count) }
        } catch {
            // Once the tile is whole, its parts may go.
            guard case .missing = error else { throw error }
            return Array(try client.get(path, limit: limit) { read($0, whole) }.prefix(count))
        }
    }

    /// In groups of three digits: 1234067 is `x001/x234/067`.
    private static func path(of number: UInt64) -> String {
        let digits = String(number % 1000)
        let last = String(repeating: "0", count: 3 - digits.count) + digits
        var path = last
        var rest = number / 1000
        while rest > 0 {
            let digits = String(rest % 1000)
            path = "x" + String(repeating: "0", count: 3 - digits.count) + digits + "/" + path
            rest /= 1000
        }
        return path
    }

    func path(of index: UInt64, in size: UInt64) throws(LogFailure) -> AuditPath {
        let leaf = try node(0, index, in: size)
        guard let path = AuditPath(of: leaf, at: index, in: size, try siblings(index, 0, size, in: size)) else {
            throw .unusable("\(client.log.url): no path to entry \(index)")
        }
        return path
    }

    /// RFC 6962, section 2.1.1, of the leaves from `start` up to `end`.
    private func siblings(
        _ index: UInt64, _ start: UInt64, _ end: UInt64, in size: UInt64
    ) throws(LogFailure) -> [Digest] {
        guard end - start > 1 else { return [] }
        let middle = start + StaticLog.split(end - start)
        return index < middle
            ? try siblings(index, start, middle, in: size) + [try root(middle, end, in: size)]
            : try siblings(index, middle, end, in: size) + [try root(start, middle, in: size)]
    }

    /// The largest power of two below a number.
    private static func split(_ count: UInt64) -> UInt64 { 1 << UInt64(63 - (count - 1).leadingZeroBitCount) }

    private func root(_ start: UInt64, _ end: UInt64, in size: UInt64) throws(LogFailure) -> Digest {
        let count = end - start
        guard count & (count - 1) != 0 else {
            let level = count.trailingZeroBitCount
            return try node(level, start >> UInt64(level), in: size)
        }
        let middle = start + StaticLog.split(count)
        return MerkleHash.node(try root(start, middle, in: size), try root(middle, end, in: size))
    }

    /// The root of a perfect subtree. Tiles have every eighth level.
    private func node(_ level: Int, _ index: UInt64, in size: UInt64) throws(LogFailure) -> Digest {
        let row = level / 8
        let below = UInt64(level % 8)
        let first = index << below
        let hashes = try hashes(row, first / StaticLog.width, of: size >> UInt64(8 * row))
        var range = CompactRange()
        for hash in hashes.dropFirst(Int(first % StaticLog.width)).prefix(1 << Int(below)) { range.append(hash) }
        guard range.size == 1 << below else { throw .unusable("\(client.log.url): a tile lacks hashes") }
        return range.root
    }

    private func hashes(_ row: Int, _ number: UInt64, of size: UInt64) throws(LogFailure) -> [Digest] {
        let name = "\(row) \(number) \(min(StaticLog.width, size - number * StaticLog.width))"
        if let kept = tiles[name] { return kept }
        let hashes = try tile("tile/\(row)/", number, of: size, limit: Int(StaticLog.width) * Digest.size) {
            (bytes: [UInt8], count: Int) -> [Digest]? in
            guard bytes.count == count * Digest.size else { return nil }
            return (0..<count).compactMap { Digest(octets: bytes[($0 * Digest.size)..<(($0 + 1) * Digest.size)]) }
        }
        if tiles.count >= StaticLog.maximumKept { tiles.removeAll() }
        tiles[name] = hashes
        return hashes
    }

    func issuers(_ issuers: LogEntry.Issuers) throws(LogFailure) -> (certificates: [[UInt8]], isWhole: Bool) {
        guard case .fingerprints(let fingerprints) = issuers else { return ([], false) }
        var certificates: [[UInt8]] = []
        for fingerprint in fingerprints.prefix(Limits.certificates) {
            do throws(LogFailure) {
                certificates.append(try issuer(fingerprint))
            } catch {
                guard case .missing = error else { throw error }
                return (certificates, false)
            }
        }
        return (certificates, true)
    }

    private func issuer(_ fingerprint: [UInt8]) throws(LogFailure) -> [UInt8] {
        if let kept = issuers[fingerprint] { return kept }
        let certificate = try client.get("issuer/\(fingerprint.hexadecimal)", limit: Certificate.maximumSize) { bytes in
            MerkleHash.sha256(bytes).octets == fingerprint ? bytes : nil
        }
        if issuers.count >= StaticLog.maximumKept { issuers.removeAll() }
        issuers[fingerprint] = certificate
        return certificate
    }
}
