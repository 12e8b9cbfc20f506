// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Which rules of a policy decide for hosts that a certificate could be used for.
struct WatchedHosts: @unchecked Sendable {
    let file: PolicyFile
    let environment: Int?
    /// Rules of one host alone, by what stands behind its first label.
    private let children: [String: [String]]
    private let patterns: [Pattern]

    /// A host for which a rule decides.
    struct Host {
        let rule: Int
        let name: String
    }

    /// A rule, one of the hosts that it decides for, and the names of the certificate that have such hosts.
    struct Covered {
        let rule: Int
        let host: String
        let names: [String]
    }

    private struct Pattern {
        let rule: Int
        /// Of the name, without a wildcard's `*`.
        let labels: [Substring]
        let isWildcard: Bool
        let includesSubdomains: Bool

        /// Whether the rule is for some host that a name with `*` anywhere in it stands for.
        func covers(_ name: [Substring]) -> Bool {
            let deeper = name.count - labels.count
            guard deeper >= 0, zip(name.suffix(labels.count), labels).allSatisfy({ $0.matches($1) }) else {
                return false
            }
            return deeper == (isWildcard ? 1 : 0) || deeper > 0 && includesSubdomains
        }
    }

    init(_ file: PolicyFile, environment: Int?) {
        self.file = file
        self.environment = environment
        let policy = file.shared.policy
        var children: [String: [String]] = [:]
        var patterns: [Pattern] = []
        for number in 0..<policy.rules.count where policy.exists(policy.rules[number], in: environment) {
            let rule = policy.rules[number]
            let name = String(policy.name(of: rule))
            patterns.append(
                Pattern(
                    rule: number, labels: name.split(separator: "."), isWildcard: rule.isWildcard,
                    includesSubdomains: rule.includesSubdomains))
            if !rule.isWildcard { children[WatchedHosts.parent(of: name), default: []].append(name) }
        }
        self.children = children
        self.patterns = patterns
    }

    func hasHost(_ names: Set<String>) -> Bool { names.contains { !hosts(of: $0).isEmpty } }

    /// Each rule once.
    func covered(_ names: Set<String>) -> [Covered] {
        var found: [Int: (host: String, names: [String])] = [:]
        for name in names.sorted() {
            for host in hosts(of: name) {
                let earlier = found[host.rule]
                found[host.rule] = (earlier?.host ?? host.name, (earlier?.names ?? []) + [name])
            }
        }
        return found.map { Covered(rule: $0.key, host: $0.value.host, names: $0.value.names) }
            .sorted { $0.rule < $1.rule }
    }

    /// Each rule whose host's name stands somewhere in what cannot be read.
    func mentioned(in bytes: [UInt8]) -> [Covered] {
        let text = bytes.map(\.foldedToLowerCase)
        return patterns.compactMap { pattern in
            let name = pattern.labels.joined(separator: ".")
            guard text.firstRange(of: Array(name.utf8)) != nil else { return nil }
            return Covered(rule: pattern.rule, host: pattern.isWildcard ? "any.\(name)" : name, names: [])
        }
    }

    private func hosts(of name: String) -> [Host] {
        guard name.utf8.contains(UInt8(ascii: "*")) else { return host(name).map { [$0] } ?? [] }
        let base = name.dropFirst(2)
        guard name.hasPrefix("*."), !base.utf8.contains(UInt8(ascii: "*")) else { return hosts(ofUnusual: name) }
        let siblings = children[String(base)] ?? []
        // One of all the others that the wildcard stands for.
        var label = "any"
        while siblings.contains("\(label).\(base)") { label += "-other" }
        return (siblings + ["\(label).\(base)"]).compactMap(host)
    }

    private func host(_ name: String) -> Host? {
        let bytes = Array(name.utf8)
        guard let host = HostName(bytes.span),
            let rule = file.shared.policy.rule(for: host, environment: environment)
        else { return nil }
        return Host(rule: rule, name: String(host.text.span))
    }

    /// A `*` that is not the first label: few clients take it for anything, and each in its own way.
    private func hosts(ofUnusual name: String) -> [Host] {
        let labels = name.split(separator: ".")
        return patterns.filter { $0.covers(labels) }.map { pattern in
            let filled = labels.dropLast(pattern.labels.count).map { label in
                label.map { $0 == "*" ? "any" : String($0) }
            }
            let host = (filled.map { $0.joined() } + pattern.labels.map { String($0) }).joined(separator: ".")
            return Host(rule: pattern.rule, name: host)
        }
    }

    private static func parent(of name: String) -> String {
        name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
    }
}

extension Substring {
    /// A label, as a pattern whose `*` stand for any letters.
    fileprivate func matches(_ label: Substring) -> Bool {
        let parts = split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return self == label }
        guard let first = parts.first, let last = parts.last, label.hasPrefix(first) else { return false }
        var rest = label.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
