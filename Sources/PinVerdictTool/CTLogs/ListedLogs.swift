// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What a list of logs amounts to as sections of a policy. Throws at the first mistake; logs that no policy takes, or
/// whose word is not to be taken, are left out, and said.
struct ListedLogs {
    private let text: ImportedText
    /// `YYYY-MM-DD`
    private let asOf: String
    private var logs: [ListedLog] = []
    private var names: Set<String> = []
    /// By what a list calls them.
    private var keys: [String: String] = [:]
    private(set) var losses: Losses

    /// Days for which browsers enforce by a list.
    private static let maxAge = 70
    /// What stands where the author is to choose: no value, so that nobody forgets it.
    private static let place = "ALLOW-OR-REFUSE"

    init(_ text: ImportedText) throws(Failure) {
        self.text = text
        losses = Losses(of: text.name)
        let document = try LogListDocument.read(text)
        asOf = try ListedLogs.time(document.timestamp, "log_list_timestamp", text).day
        for owner in document.operators {
            let name = try requireName(owner)
            for log in owner.allLogs { try add(log, of: name) }
        }
        guard !logs.isEmpty else { throw text.mistake(nil, "there is no log in it that a policy takes") }
        guard logs.count <= Limits.logs else {
            throw text.mistake(nil, "\(logs.count) logs; a policy has at most \(Limits.logs)")
        }
        try requireValid()
    }

    /// The sections; what becomes of connections when the list is stale has to be filled in where nothing is chosen.
    func sections(onStale: StaleLogsChoice?) -> String {
        let operators = Set(logs.map { $0.owner.lowercased() }).count
        var lines = [
            "# From a list of \(asOf): \(counted(logs.count, "log")) of \(counted(operators, "operator")).",
            "# Its maker says who may enforce by it: Google's, for one, may be used to watch logs alone.",
        ]
        lines += losses.comments.map { "# \($0)" }
        lines += ["[ct-logs]", "as-of = \(asOf)", "max-age = \(ListedLogs.maxAge)"]
        if onStale == nil {
            lines += [
                "# After that, allow asks for no SCT, and refuse refuses every connection that needs one."
            ]
        }
        lines.append("on-stale = \(onStale?.rawValue ?? ListedLogs.place)")
        return lines.map { $0 + "\n" }.joined() + logs.map { "\n" + $0.section }.joined()
    }

    /// What stands here alone, such as the number of operators, is for the parser to say.
    private func requireValid() throws(Failure) {
        let policy = "[policy]\nserial = 1\nunpinned-hosts = refuse\n" + sections(onStale: .allow)
        switch try PolicyFile.read(InputFile("policy", bytes: Array(policy.utf8))) {
        case .policy(let file): file.shared.release()
        case .mistakes(let mistakes, _):
            throw Failure(mistakes: mistakes.map { "\(Place.text(text.name, nil)): error: \($0.message)" })
        }
    }

    private func requireName(_ owner: LogListDocument.Owner) throws(Failure) -> String {
        let name = owner.name
        guard name.printable == name, !name.contains("#"), name.utf8.count <= 256,
            name.utf8.contains(where: { !$0.isBlank })
        else { throw text.mistake(nil, "\(ImportedText.quoted(name)): an operator's name that no policy can have") }
        return name
    }

    private mutating func add(_ log: LogListDocument.Log, of owner: String) throws(Failure) {
        let words = ImportedText.quoted(log.description ?? log.id)
        guard let key = try? Base64.octets(Array(log.key.utf8).span), !key.isEmpty else {
            throw text.mistake(nil, "\(words): key is not base64")
        }
        let id = MerkleHash.sha256(key)
        guard Digest(base64: log.id) == id else {
            throw text.mistake(nil, "\(words): log_id is not the SHA-256 of the key, \(id.base64)")
        }
        if let other = keys.updateValue(words, forKey: id.base64) {
            throw text.mistake(nil, "\(words) has the key of \(other)")
        }
        let retired: String?
        switch try standing(of: log, words) {
        case .inService: retired = nil
        case .retired(let time): retired = time
        case .useless(let reason): return losses.add(nil, "\(words): \(reason)")
        }
        if let reason = obstacle(key) { return losses.add(nil, "\(words): \(reason)") }
        logs.append(
            ListedLog(
                name: newName(log.description ?? ""), key: Base64.text(key), owner: owner, retired: retired,
                certificatesUntil: try log.interval.map { interval throws(Failure) in
                    try ListedLogs.time(interval.end, "\(words): end_exclusive", text).day
                }))
    }

    private enum Standing {
        case inService
        case retired(String)
        case useless(String)
    }

    private func standing(of log: LogListDocument.Log, _ words: String) throws(Failure) -> Standing {
        if let type = log.type, type != "prod" { return .useless("its log_type is \(ImportedText.quoted(type))") }
        guard let states = log.state, let (name, state) = states.first, states.count == 1 else {
            if log.state?.isEmpty == false { throw text.mistake(nil, "\(words) has several states") }
            return .useless("it has no state")
        }
        switch name {
        case "qualified", "usable", "readonly": return .inService
        case "retired": return .retired(try ListedLogs.time(state.timestamp, "\(words): timestamp", text).text)
        default: return .useless("its state is \(ImportedText.quoted(name))")
        }
    }

    /// Why a policy does not take the key.
    private func obstacle(_ key: [UInt8]) -> String? {
        guard let logKey = CTLogKey(key.span) else { return "its key is not one of P-256" }
        if logKey.isPublished { return "the private half of its key is public" }
        #if OpenSSL
            if LogKey(key) == nil { return "its key is no point of the curve" }
        #endif
        return nil
    }

    /// Letters, digits and single hyphens, such as "google-argon2026h1-log".
    private mutating func newName(_ description: String) -> String {
        let words = description.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let base = words.isEmpty ? "log" : String(words.joined(separator: "-").prefix(Limits.name - 4))
        var name = base
        var number = 2
        while !names.insert(name).inserted {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }

    /// A time as it stands in a list, and its day.
    private static func time(
        _ time: String, _ place: String, _ text: ImportedText
    ) throws(Failure) -> (text: String, day: String) {
        guard PolicyDate.seconds(Array(time.utf8).span) != nil else {
            throw text.mistake(
                nil, "\(place) is a time in UTC, YYYY-MM-DDThh:mm:ssZ; found \(ImportedText.quoted(time))")
        }
        return (time, String(time.prefix(10)))
    }
}
