// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PinVerdictCore

/// The files of `Tests/Conformance`; its README says what they look like.
enum ConformanceTables {
    struct Malformed: Error {
        let place: String
    }

    static func verdicts() throws -> [VerdictRow] { try rows("verdicts.txt", columns: 8).map(VerdictRow.init) }
    static func demands() throws -> [DemandRow] { try rows("demands.txt", columns: 4).map(DemandRow.init) }
    static func mistakes() throws -> [MistakeBlock] { try blocks("mistakes.txt", "mistake").map(MistakeBlock.init) }
    static func replacements() throws -> [ReplacementRow] {
        try rows("replacements.txt", columns: 4).map(ReplacementRow.init)
    }

    /// A policy's text, by its name.
    static func policy(_ name: String) throws -> [UInt8] { try expand(find(name, in: policies)) }

    /// The certificates of a chain, by its name.
    static func chain(_ name: String) throws -> [[UInt8]] {
        let certificates = try find(name, in: chains)
        if certificates == "-" { return [] }
        return try certificates.split(separator: " ").flatMap { word -> [[UInt8]] in
            let parts = word.split(separator: "*")
            guard let count = parts.count == 1 ? 1 : Int(parts[1]) else { throw Malformed(place: "chain \(name)") }
            return [[UInt8]](repeating: try certificate(String(parts[0])), count: count)
        }
    }

    /// A certificate, by its name.
    static func certificate(_ name: String) throws -> [UInt8] {
        let encoded = try find(name, in: certificates).replacing("\n", with: "")
        guard let certificate = Data(base64Encoded: encoded) else { throw Malformed(place: "certificate \(name)") }
        return [UInt8](certificate)
    }

    /// The digest of a pin, by its name.
    static func pin(_ name: String) throws -> Digest {
        guard let octets = Data(base64Encoded: try find(name, in: pins)) else { throw Malformed(place: "pin \(name)") }
        return Digest([UInt8](octets))
    }

    // MARK: - Files

    struct Row {
        let place: String
        let cells: [String]
    }

    private static let policies = Result { try named(blocks("policies.txt", "policy")) }
    private static let certificates = Result { try named(blocks("certificates.txt", "certificate")) }
    private static let chains = Result { try named(rows("chains.txt", columns: 2)) }
    private static let pins = Result { try named(rows("pins.txt", columns: 2)) }

    private static func named(_ rows: [Row]) throws -> [String: String] {
        try Dictionary(rows.map { ($0.cells[0], $0.cells[1]) }) { _, _ in throw Malformed(place: "a name twice") }
    }

    private static func find(_ name: String, in table: Result<[String: String], any Error>) throws -> String {
        guard let found = try table.get()[name] else { throw Malformed(place: "no \(name)") }
        return found
    }

    private static func lines(_ file: String) throws -> [(number: Int, text: String)] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Conformance")
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return text.components(separatedBy: "\n").enumerated().map { ($0.offset + 1, $0.element) }
    }

    private static func isComment(_ line: String) -> Bool { line.isEmpty || line.hasPrefix("#") }

    /// The rows of a table, without the white space around its columns.
    private static func rows(_ file: String, columns: Int) throws -> [Row] {
        try lines(file).filter { !isComment($0.text) }.map { number, text in
            let cells = text.components(separatedBy: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == columns else { throw Malformed(place: "\(file):\(number)") }
            return Row(place: "\(file):\(number)", cells: cells)
        }
    }

    /// Blocks of a kind: a name, and the lines up to `end`.
    private static func blocks(_ file: String, _ kind: String) throws -> [Row] {
        var blocks: [Row] = []
        var open: (name: String, place: String, lines: [String])?
        for (number, text) in try lines(file) {
            if open != nil {
                if text == "end" {
                    blocks.append(Row(place: open!.place, cells: [open!.name, open!.lines.map { $0 + "\n" }.joined()]))
                    open = nil
                } else {
                    open!.lines.append(text)
                }
            } else if !isComment(text) {
                guard text.hasPrefix(kind + " ") else { throw Malformed(place: "\(file):\(number)") }
                open = (String(text.dropFirst(kind.count + 1)), "\(file):\(number)", [])
            }
        }
        guard open == nil else { throw Malformed(place: open!.place) }
        return blocks
    }

    /// The bytes of a text, such as a policy's: what stands in braces is replaced.
    static func expand(_ text: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            bytes += rest[..<start].utf8
            let name = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if name == "cut" { return bytes }
            bytes += try hexadecimal(name) ?? Array(find(String(name), in: pins).utf8)
        }
        return bytes + rest.utf8
    }

    /// The bytes of `x6162` or `x6162*3`; nil of a pin's name.
    private static func hexadecimal(_ name: Substring) -> [UInt8]? {
        let parts = name.dropFirst().split(separator: "*")
        guard name.first == "x", let digits = parts.first, digits.allSatisfy(\.isHexDigit) else { return nil }
        let count = parts.count == 1 ? 1 : Int(parts[1])
        return count.map { Array(repeatElement([UInt8](hex: String(digits)), count: $0).joined()) }
    }
}

/// One case of `verdicts.txt`.
struct VerdictRow: Sendable, CustomTestStringConvertible {
    let place: String
    let policy: String
    let host: [UInt8]
    let chain: String
    let settings: RowSettings
    let isAllowed: Bool
    let reason: String
    let flags: Set<String>
    let depth: Int?
    let failedDepth: Int?
    let pin: String?
    let rule: String?

    var testDescription: String { "\(place) \(policy), \(chain)" }

    init(_ row: ConformanceTables.Row) throws {
        place = row.place
        policy = row.cells[0]
        host = row.cells[1] == "\"\"" ? [] : try ConformanceTables.expand(row.cells[1])
        chain = row.cells[2]
        settings = try RowSettings(row.cells[3], place)
        let verdict = row.cells[4].split(separator: " ")
        flags = Set(row.cells[5].split(separator: " ").map(String.init)).subtracting(["-"])
        guard verdict.count == 2, ["allow", "refuse"].contains(verdict[0]), flags.isSubset(of: ["enforced", "backup"])
        else { throw ConformanceTables.Malformed(place: place) }
        isAllowed = verdict[0] == "allow"
        reason = String(verdict[1])
        let match = row.cells[6].split(separator: " ")
        depth = match.count == 2 ? Int(match[0]) : nil
        pin = match.count == 2 ? String(match[1]) : nil
        let isRejected = match.count == 2 && reason == "rejected-key"
        failedDepth = isRejected ? depth : match.count == 1 ? Int(match[0]) : nil
        guard row.cells[6] == "-" || depth != nil || failedDepth != nil else {
            throw ConformanceTables.Malformed(place: place)
        }
        rule = row.cells[7] == "-" ? nil : String(decoding: try ConformanceTables.expand(row.cells[7]), as: UTF8.self)
    }
}

/// One case of `demands.txt`.
struct DemandRow: Sendable, CustomTestStringConvertible {
    let place: String
    let policy: String
    let host: String
    let settings: RowSettings
    /// Nil where the host is none.
    let pins: [DemandedPin]?

    var testDescription: String { "\(place) \(policy), \(host)" }

    init(_ row: ConformanceTables.Row) throws {
        place = row.place
        policy = row.cells[0]
        host = row.cells[1] == "\"\"" ? "" : row.cells[1]
        settings = try RowSettings(row.cells[2], place)
        let words = row.cells[3].split(separator: " ").map(String.init)
        pins = words == ["malformed"] ? nil : words == ["-"] ? [] : try words.map(DemandedPin.init)
    }
}

/// A pin of a rule, such as `backup-leaf-pin:spare1`.
struct DemandedPin: Equatable {
    let digest: Digest
    let traits: PinTraits

    init(_ digest: Digest, _ traits: PinTraits) {
        self.digest = digest
        self.traits = traits
    }

    init(_ word: String) throws {
        let parts = word.split(separator: ":").map(String.init)
        var keys = parts[0].split(separator: "-").map(String.init)[...]
        let isBackup = keys.first == "backup"
        if isBackup { keys.removeFirst() }
        let list: PinList = keys.first == "leaf" ? .leaf : keys.first == "ca" ? .ca : .any
        if list != .any { keys.removeFirst() }
        let kinds: [String: PinKind] = ["pin": .spki, "key": .key, "certificate": .certificate]
        guard parts.count == 2, keys.count == 1, let kind = kinds[keys.removeFirst()] else {
            throw ConformanceTables.Malformed(place: word)
        }
        self.init(
            try ConformanceTables.pin(parts[1]), PinTraits(kind: kind, list: list, isBackup: isBackup))
    }
}

/// The column of settings.
struct RowSettings: Sendable {
    var environment: String?
    var installID = ""
    var clock: Int64 = 1_790_000_000
    var backend: String?
    var crossChecks = false

    init(_ text: String, _ place: String) throws {
        for word in text.split(separator: " ") where word != "-" {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts[0], parts.count) {
            case ("environment", 2): environment = parts[1]
            case ("id", 2): installID = parts[1]
            case ("backend", 2): backend = parts[1]
            case ("cross-check", 1): crossChecks = true
            case ("clock", 2):
                clock = try Int64(parts[1]) ?? Int64(Date(parts[1], strategy: .iso8601).timeIntervalSince1970)
            default: throw ConformanceTables.Malformed(place: place)
            }
        }
    }
}

/// One case of `mistakes.txt`.
struct MistakeBlock: Sendable, CustomTestStringConvertible {
    let place: String
    let messagePart: String
    let text: [UInt8]
    let line: Int

    var testDescription: String { "\(place) \(messagePart)" }

    init(_ block: ConformanceTables.Row) throws {
        place = block.place
        messagePart = block.cells[0]
        let policy = MarkedPolicy(block.cells[1])
        guard let line = policy.line else { throw ConformanceTables.Malformed(place: place) }
        self.line = line
        text = try ConformanceTables.expand(policy.text)
    }
}

/// One case of `replacements.txt`.
struct ReplacementRow: Sendable, CustomTestStringConvertible {
    let place: String
    /// Nil where the checker is made.
    let inForce: String?
    let offered: String
    let settings: RowSettings
    let status: String

    var testDescription: String { "\(place) \(offered) after \(inForce ?? "nothing")" }

    init(_ row: ConformanceTables.Row) throws {
        place = row.place
        inForce = row.cells[0] == "-" ? nil : row.cells[0]
        offered = row.cells[1]
        settings = try RowSettings(row.cells[2], place)
        status = row.cells[3]
    }
}
