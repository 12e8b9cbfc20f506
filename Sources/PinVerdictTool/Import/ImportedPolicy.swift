// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What another system's file amounts to, as a policy. Hosts, dates and pins are looked at as they are added.
struct ImportedPolicy {
    struct Pin {
        let digest: Digest
        let list: PinList
        let line: Int?
    }

    struct PinSet {
        /// Its name in the policy, where several hosts use it.
        let name: String
        let line: Int?
        fileprivate(set) var pins: [Pin] = []
        fileprivate(set) var users = 0
    }

    struct Host {
        let name: String
        let line: Int?
        var isAddress = false
        var isWildcard = false
        var includesSubdomains = false
        var isReportOnly = false
        /// The last day of its pins.
        var lastDay: Int32?
        /// The number of its set; nil for a host that is not pinned.
        var set: Int?

        var pattern: String { isWildcard ? "*." + name : name }
    }

    private static let maximumPins = 256

    let text: ImportedText
    private(set) var sets: [PinSet] = []
    private(set) var hosts: [Host] = []
    /// What holds for the file as a whole, for its reader.
    private(set) var notes: [String] = []
    var losses: Losses
    private var lines: [String: Int?] = [:]

    init(from text: ImportedText) {
        self.text = text
        losses = Losses(of: text.name)
    }

    mutating func note(_ note: String) {
        if !notes.contains(note) { notes.append(note) }
    }

    /// Returns the set's number. A name that none can have is left out.
    mutating func addSet(_ name: String, _ line: Int?) -> Int {
        let isValid = PolicyName.isValid(Array(name.utf8).span)
        sets.append(PinSet(name: isValid ? name : "set-\(sets.count + 1)", line: line))
        return sets.count - 1
    }

    /// The same pin once more in a list says nothing more.
    mutating func addPin(_ value: String, _ list: PinList = .any, toSet set: Int, _ line: Int?) throws(Failure) {
        let bytes = Array(value.utf8)
        let digest: Digest
        do throws(PinValue.Failure) {
            digest = try PinValue.digest(of: bytes.span, kind: .spki)
        } catch {
            throw text.mistake(line, String(error.message(bytes.span).text.span))
        }
        guard !sets[set].pins.contains(where: { $0.digest == digest && $0.list == list }) else { return }
        guard sets[set].pins.count < ImportedPolicy.maximumPins else {
            throw text.mistake(line, "a policy has at most \(ImportedPolicy.maximumPins) pins for a host")
        }
        sets[set].pins.append(Pin(digest: digest, list: list, line: line))
    }

    /// A host with the settings that the body gives it.
    mutating func addHost(
        _ spelling: String, isWildcard: Bool = false, _ line: Int?, _ settings: (inout Host) -> Void
    ) throws(Failure) {
        guard let name = HostName(Array(spelling.utf8).span) else {
            throw text.mistake(line, ImportedPolicy.message(ofMalformed: spelling))
        }
        guard !isWildcard || !name.isAddress else { throw text.mistake(line, "an address has no wildcard") }
        var host = Host(
            name: String(name.text.span), line: line, isAddress: name.isAddress, isWildcard: isWildcard)
        settings(&host)
        if name.isAddress { host.includesSubdomains = false }
        if let earlier = lines.updateValue(line, forKey: host.pattern) {
            let place = earlier.map { ", on line \($0) too" } ?? ""
            throw text.mistake(line, "host \(host.pattern) stands twice, in this or another spelling\(place)")
        }
        if let set = host.set { sets[set].users += 1 }
        hosts.append(host)
    }

    private static func message(ofMalformed spelling: String) -> String {
        if spelling.hasPrefix("*") { return "host \(ImportedText.quoted(spelling)): the format has no such wildcard" }
        guard spelling.utf8.count <= HostName.maximumSpelling else {
            return "host \(ImportedText.quoted(spelling)) is too long for a name"
        }
        return MalformedHost.message(spelling)
    }

    /// The last whole day before the beginning of the named one, from which on other systems do not look at pins.
    func lastDay(before date: String, _ line: Int?) throws(Failure) -> Int32 {
        guard let day = PolicyDate.days(Array(date.utf8).span) else {
            throw text.mistake(line, "a date is written as YYYY-MM-DD; found \(ImportedText.quoted(date))")
        }
        return max(0, day - 1)
    }

    /// Whether another host's pins hold for a host that has none of its own.
    func isCovered(_ host: Host) -> Bool {
        var suffix = Substring(host.name)
        if host.isWildcard, pinned(String(suffix), where: \.includesSubdomains) { return true }
        var isParent = true
        while let dot = suffix.firstIndex(of: ".") {
            suffix = suffix[suffix.index(after: dot)...]
            if isParent, !host.isWildcard, pinned("*." + suffix, where: \.isWildcard) { return true }
            if pinned(String(suffix), where: \.includesSubdomains) { return true }
            isParent = false
        }
        return false
    }

    private func pinned(_ pattern: String, where holds: (Host) -> Bool) -> Bool {
        guard let number = numbers[pattern] else { return false }
        return hosts[number].set != nil && holds(hosts[number])
    }

    /// The hosts by their patterns; made once all are there.
    private var numbers: [String: Int] = [:]

    mutating func finish() {
        for (number, host) in hosts.enumerated() { numbers[host.pattern] = number }
    }
}
