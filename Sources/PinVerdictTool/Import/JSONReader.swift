// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// Lists of pins by host: `{"host": ["sha256/…"]}`. Hosts may be OkHttp's patterns.
struct JSONReader: PinFormatReader {
    static let name = "lists of pins by host, in JSON"

    static func read(_ text: ImportedText, into policy: inout ImportedPolicy) throws(Failure) {
        let pins = try pinsByHost(text)
        let members = JSONMembers(text.bytes).members
        var lines: [String: Int] = [:]
        for member in members {
            if let earlier = lines.updateValue(member.line, forKey: member.name) {
                throw text.mistake(
                    member.line, "\(ImportedText.quoted(member.name)) stands twice, on line \(earlier) too")
            }
        }
        for member in members { try add(member.name, member.line, pins[member.name] ?? [], to: &policy) }
        policy.finish()
        for host in policy.hosts where policy.isCovered(host) {
            policy.losses.add(
                host.line,
                "host \(host.pattern) is under another pattern, too: OkHttp takes the pins of both, a policy those of "
                    + "this one alone")
        }
    }

    private static func pinsByHost(_ text: ImportedText) throws(Failure) -> [String: [String]] {
        do {
            return try JSONDecoder().decode([String: [String]].self, from: Data(text.bytes))
        } catch DecodingError.typeMismatch(_, let context) {
            throw misplaced(context, text)
        } catch DecodingError.valueNotFound(_, let context) {
            throw misplaced(context, text)
        } catch {
            throw text.mistake(nil, "not JSON, or nested too deeply")
        }
    }

    private static func misplaced(_ context: DecodingError.Context, _ text: ImportedText) -> Failure {
        guard let host = context.codingPath.first?.stringValue else {
            return text.mistake(nil, "not an object of lists of pins, by host")
        }
        let line = JSONMembers(text.bytes).members.first { $0.name == host }?.line
        return text.mistake(line, "\(ImportedText.quoted(host)) takes a list of pins")
    }

    /// `*.` stands for one label, `**.` for any number of them, none included.
    private static func add(
        _ pattern: String, _ line: Int, _ pins: [String], to policy: inout ImportedPolicy
    ) throws(Failure) {
        guard !pins.isEmpty else { throw policy.text.mistake(line, "\(ImportedText.quoted(pattern)) has no pins") }
        let (isDeep, isWildcard) = (pattern.hasPrefix("**."), pattern.hasPrefix("*."))
        let set = policy.addSet("json-\(policy.sets.count + 1)", line)
        for pin in pins { try policy.addPin(pin, toSet: set, line) }
        try policy.addHost(
            String(pattern.dropFirst(isDeep ? 3 : isWildcard ? 2 : 0)), isWildcard: isWildcard, line
        ) { host in
            host.includesSubdomains = isDeep
            host.set = set
        }
    }
}
