// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// A list of logs in the JSON of Google's log list v3, as far as a policy has use for it.
struct LogListDocument: Decodable {
    struct Owner: Decodable {
        let name: String
        /// Those that speak RFC 6962's API, and those that are static-ct.
        private let logs: [Log]?
        private let tiledLogs: [Log]?

        private enum CodingKeys: String, CodingKey {
            case name, logs
            case tiledLogs = "tiled_logs"
        }

        var allLogs: [Log] { (logs ?? []) + (tiledLogs ?? []) }
    }

    struct Log: Decodable {
        let description: String?
        let id: String
        let key: String
        /// By its name; a log has one.
        let state: [String: State]?
        let interval: Interval?
        let type: String?

        private enum CodingKeys: String, CodingKey {
            case description, key, state
            case id = "log_id"
            case interval = "temporal_interval"
            case type = "log_type"
        }
    }

    struct State: Decodable { let timestamp: String }

    /// When the certificates of a log expire.
    struct Interval: Decodable {
        let end: String

        private enum CodingKeys: String, CodingKey { case end = "end_exclusive" }
    }

    let timestamp: String
    let operators: [Owner]

    private enum CodingKeys: String, CodingKey {
        case operators
        case timestamp = "log_list_timestamp"
    }

    static func read(_ text: ImportedText) throws(Failure) -> LogListDocument {
        do {
            return try JSONDecoder().decode(LogListDocument.self, from: Data(text.bytes))
        } catch DecodingError.keyNotFound(let key, let context) {
            throw text.mistake(nil, "not a log list in v3 JSON: \(path(context.codingPath + [key])) is missing")
        } catch DecodingError.typeMismatch(_, let context) {
            throw misplaced(context, text)
        } catch DecodingError.valueNotFound(_, let context) {
            throw misplaced(context, text)
        } catch {
            throw text.mistake(nil, "not JSON, or nested too deeply")
        }
    }

    private static func misplaced(_ context: DecodingError.Context, _ text: ImportedText) -> Failure {
        let place = context.codingPath.isEmpty ? "the whole" : path(context.codingPath)
        return text.mistake(nil, "not a log list in v3 JSON: \(place) has another type there")
    }

    /// Such as "operators[0].logs[3].key"
    private static func path(_ keys: [any CodingKey]) -> String {
        let path = keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
        return ImportedText.quoted(String(path.drop { $0 == "." }))
    }
}
