// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The file that says which logs are followed: a section `[ct-log NAME]` for each.
struct LogList {
    let logs: [LogDescription]

    static let maximumCount = 256
    private static let maximumSize = 1 << 20
    private static let keys: Set<String> = ["url", "api", "key", "origin", "id"]
    /// What policies say of a log beside its key.
    private static let otherKeys: Set<String> = ["operator", "retired", "certificates-until"]

    private struct Section {
        let name: String
        let line: Int
        var values: [String: (text: String, line: Int)] = [:]
    }

    init(_ path: String) throws(Failure) {
        let file = try InputFile(path, maximumSize: LogList.maximumSize)
        var sections: [Section] = []
        for (index, line) in String(decoding: file.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).enumerated() {
            let text = LogList.trimmed(line)
            if text.isEmpty || text.hasPrefix("#") { continue }
            if text.hasPrefix("[") {
                guard let name = LogList.name(text) else {
                    throw LogList.mistake(file, index + 1, "a section is [ct-log NAME]")
                }
                sections.append(Section(name: name, line: index + 1))
                continue
            }
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !sections.isEmpty else {
                throw LogList.mistake(file, index + 1, "not a key = value below a [ct-log NAME]")
            }
            let key = LogList.trimmed(parts[0])
            guard LogList.keys.contains(key) || LogList.otherKeys.contains(key) else {
                throw LogList.mistake(
                    file, index + 1, "unknown key \"\(key.printable)\"; a log has url, api, key, and origin and id")
            }
            let value = (text: LogList.trimmed(parts[1]), line: index + 1)
            guard sections[sections.count - 1].values.updateValue(value, forKey: key) == nil else {
                throw LogList.mistake(file, index + 1, "\(key) stands twice")
            }
        }
        guard !sections.isEmpty else { throw Failure("\(file.name): has no [ct-log NAME]") }
        guard sections.count <= LogList.maximumCount else {
            throw Failure("\(file.name): more than \(LogList.maximumCount) logs")
        }
        var logs: [LogDescription] = []
        for section in sections {
            let log = try LogList.log(section, file)
            if let other = logs.first(where: { $0.key.id == log.key.id }) {
                throw LogList.mistake(file, section.line, "[ct-log \(log.name)] has the key of [ct-log \(other.name)]")
            }
            logs.append(log)
        }
        self.logs = logs
    }

    private static func log(_ section: Section, _ file: InputFile) throws(Failure) -> LogDescription {
        func value(_ key: String) throws(Failure) -> (text: String, line: Int) {
            guard let value = section.values[key] else {
                throw mistake(file, section.line, "[ct-log \(section.name)] has no \(key)")
            }
            return value
        }
        let (address, addressLine) = try value("url")
        guard let scheme = ["https://", "http://"].first(where: address.hasPrefix), address.count > scheme.count,
            address.utf8.allSatisfy({ $0.isPrintable && $0 != UInt8(ascii: " ") })
        else { throw mistake(file, addressLine, "url begins with https:// or http://") }
        let url = address.hasSuffix("/") ? address : address + "/"
        let api = try value("api")
        guard let interface = LogDescription.Interface(rawValue: api.text) else {
            throw mistake(
                file, api.line,
                "api is \(LogDescription.Interface.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        let encoded = try value("key")
        guard let octets = try? Base64.octets(Array(encoded.text.utf8).span), let key = LogKey(octets) else {
            throw mistake(
                file, encoded.line,
                "key is a log's SubjectPublicKeyInfo in base64, of a P-256 key or of RSA with 2,048 bits or more")
        }
        guard CTLogKey(octets.span)?.isPublished != true else {
            throw mistake(file, encoded.line, "the private half of this log's key is public: its word proves nothing")
        }
        if let id = section.values["id"], Digest(base64: id.text) != key.id {
            throw mistake(file, id.line, "id is not that of the key: \(key.id.base64)")
        }
        return LogDescription(
            name: section.name, url: url, interface: interface, key: key,
            origin: section.values["origin"]?.text ?? String(url.dropFirst(scheme.count).dropLast()))
    }

    private static func name(_ header: String) -> String? {
        guard header.hasPrefix("[ct-log "), header.hasSuffix("]") else { return nil }
        let name = trimmed(header.dropFirst(8).dropLast())
        return PolicyName.isValid(Array(name.utf8).span) ? name : nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    private static func mistake(_ file: InputFile, _ line: Int, _ message: String) -> Failure {
        Failure(mistakes: ["\(Place.text(file.name, line)): error: \(message)"])
    }
}
