// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Which servers are probed: those that are named, those of a file, or else those of the policy.
struct ProbeTargets {
    private(set) var all: [ProbeTarget] = []
    /// What is said of hosts that cannot be probed.
    private(set) var notes: [String] = []

    init(_ hosts: [String], file: String?, _ policy: ProbePolicy?, defaultPort: UInt16) throws(Failure) {
        for host in hosts { all.append(try ProbeTarget(host, defaultPort: defaultPort)) }
        if let file { try add(contentsOf: try InputFile(file), defaultPort) }
        if hosts.isEmpty, file == nil, let policy { try add(hostsOf: policy, defaultPort) }
        guard all.isEmpty else { return }
        throw Failure("there is no host to probe\(notes.isEmpty ? "" : ": the policy has wildcards alone"); name one")
    }

    /// A host in each line; from `#` on it is a comment.
    private mutating func add(contentsOf file: InputFile, _ defaultPort: UInt16) throws(Failure) {
        var number = 0
        for line in file.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let words = line.prefix { $0 != UInt8(ascii: "#") }.split(whereSeparator: \.isBlank)
            guard let word = words.first else { continue }
            let place = Place.text(file.name, number)
            guard words.count == 1 else { throw Failure(mistakes: ["\(place): error: one host in each line"]) }
            do {
                all.append(try ProbeTarget(String(decoding: word, as: UTF8.self), defaultPort: defaultPort))
            } catch {
                throw Failure(mistakes: ["\(place): error: \(error.message)"])
            }
        }
    }

    /// A host may have several rules, in different environments.
    private mutating func add(hostsOf probed: ProbePolicy, _ defaultPort: UInt16) throws(Failure) {
        let policy = probed.file.shared.policy
        var seen: Set<String> = []
        for number in 0..<policy.rules.count {
            let pattern = String(policy.pattern(of: policy.rules[number]).span)
            guard seen.insert(pattern).inserted else { continue }
            guard !pattern.hasPrefix("*.") else {
                notes.append("\(pattern) is no host that can be probed; name one of those that it stands for")
                continue
            }
            all.append(try ProbeTarget(pattern, defaultPort: defaultPort))
        }
    }
}
