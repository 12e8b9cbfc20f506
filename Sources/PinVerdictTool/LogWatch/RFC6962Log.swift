// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PinVerdictCore

/// A log by the interface of RFC 6962, section 4.
final class RFC6962Log: LogSource {
    private let client: LogClient
    /// Entries that are asked for at once; logs give as many as they like.
    private var batch: UInt64 = 256

    private static let maximumHead = 1 << 16
    private static let maximumEntries = 32 << 20

    init(_ client: LogClient) { self.client = client }

    private struct SignedTreeHead: Decodable {
        let tree_size: UInt64
        let timestamp: UInt64
        let sha256_root_hash: String
        let tree_head_signature: String
    }

    private struct Entries: Decodable {
        struct Entry: Decodable {
            let leaf_input: String
            let extra_data: String
        }
        let entries: [Entry]
    }

    private struct Proof: Decodable {
        let leaf_index: UInt64
        let audit_path: [String]
    }

    func head() throws(LogFailure) -> TreeHead {
        let key = client.log.key
        return try client.get("ct/v1/get-sth", limit: RFC6962Log.maximumHead, misfit: RFC6962Log.unsigned) { bytes in
            guard let head = RFC6962Log.decode(SignedTreeHead.self, bytes),
                let root = Digest(base64: head.sha256_root_hash),
                let signed = RFC6962Log.octets(head.tree_head_signature)
            else { return nil }
            return TreeHead(
                size: head.tree_size, timestamp: head.timestamp, root: root, signed: signed[...], by: key)
        }
    }

    func entries(from start: UInt64, in size: UInt64) throws(LogFailure) -> [LogEntry] {
        while true {
            let end = min(start + batch, size)
            do throws(LogFailure) {
                return try client.get(
                    "ct/v1/get-entries?start=\(start)&end=\(end - 1)", limit: RFC6962Log.maximumEntries
                ) { RFC6962Log.entries($0, atMost: Int(end - start)) }
            } catch {
                // Certificates may be large; one alone is not.
                guard case .tooLarge = error, batch > 1 else { throw error }
                batch /= 2
            }
        }
    }

    private static func entries(_ bytes: [UInt8], atMost count: Int) -> [LogEntry]? {
        guard let list = decode(Entries.self, bytes)?.entries, !list.isEmpty, list.count <= count else { return nil }
        var entries: [LogEntry] = []
        for entry in list {
            guard let leaf = octets(entry.leaf_input), let extra = octets(entry.extra_data) else { return nil }
            entries.append(LogEntry(leafInput: leaf, extraData: extra))
        }
        return entries
    }

    func path(of index: UInt64, in size: UInt64) throws(LogFailure) -> AuditPath {
        guard let leaf = try entries(from: index, in: index + 1).first?.hash else {
            throw .unusable("\(client.log.url): no entry \(index)")
        }
        // What base64 has beside letters and digits stands for something else in a URL.
        let escaped = leaf.base64.map { $0 == "+" ? "%2B" : $0 == "/" ? "%2F" : $0 == "=" ? "%3D" : String($0) }
            .joined()
        let path = "ct/v1/get-proof-by-hash?hash=\(escaped)&tree_size=\(size)"
        return try client.get(path, limit: RFC6962Log.maximumHead) { bytes in
            guard let proof = RFC6962Log.decode(Proof.self, bytes), proof.leaf_index == index else { return nil }
            let siblings = proof.audit_path.compactMap { Digest(base64: $0) }
            guard siblings.count == proof.audit_path.count else { return nil }
            return AuditPath(of: leaf, at: index, in: size, siblings)
        }
    }

    func issuers(_ issuers: LogEntry.Issuers) -> (certificates: [[UInt8]], isWhole: Bool) {
        guard case .certificates(let certificates) = issuers else { return ([], false) }
        return (certificates, true)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }

    private static func octets(_ text: String) -> [UInt8]? { try? Base64.octets(Array(text.utf8).span) }
}
