// SPDX-License-Identifier: Apache-2.0

import CUnbound
import Glibc

/// Asks the DNS for CAA records, and has libunbound prove the answers by DNSSEC.
@safe
struct CAAResolver {
    private let context: OpaquePointer
    private let timeout: Double
    private var known: [String: CAAAnswer] = [:]

    /// Debian's dns-root-data.
    static let rootKey = "/usr/share/dns/root.key"

    private static let type: Int32 = 257

    /// - Parameters:
    ///   - server: The resolver to ask, as ADDRESS or ADDRESS@PORT; nil to ask the name servers, from the root.
    ///   - trustAnchor: A file with DS or DNSKEY records of the root.
    ///   - timeout: Seconds for each name.
    init(server: String?, trustAnchor: String, timeout: Double) throws(Failure) {
        guard let context = unsafe ub_ctx_create() else { throw Failure("libunbound: out of memory") }
        unsafe self.context = context
        self.timeout = timeout
        try require(unsafe ub_ctx_async(context, 1), "cannot start")
        if let server {
            if server.hasPrefix("127.") || server.hasPrefix("::1") {
                // So that nothing leaves the machine for a resolver on it.
                try set("do-not-query-localhost:", "no")
                try set("outgoing-interface:", server.hasPrefix("127.") ? "127.0.0.1" : "::1")
            }
            try require(
                unsafe ub_ctx_set_fwd(context, server),
                "\(server.printable) is no ADDRESS or ADDRESS@PORT of a resolver")
        }
        let hint = "DNSSEC needs the root's keys: install dns-root-data, or give --trust-anchor"
        let keys: InputFile
        do throws(Failure) {
            keys = try InputFile(trustAnchor)
        } catch {
            throw Failure("\(error.message); \(hint)")
        }
        // libunbound takes a file without any for one that asks for no proof.
        let hasKey = String(decoding: keys.bytes, as: UTF8.self).split(separator: "\n").contains { line in
            line.first != ";" && line.split { $0 == " " || $0 == "\t" }.contains { $0 == "DS" || $0 == "DNSKEY" }
        }
        guard hasKey else { throw Failure("\(keys.name) has no DS or DNSKEY record; \(hint)") }
        try require(unsafe ub_ctx_add_ta_file(context, trustAnchor), "\(keys.name) cannot be used")
    }

    private func set(_ option: String, _ value: String) throws(Failure) {
        try require(unsafe ub_ctx_set_option(context, option, value), "\(option) \(value)")
    }

    private func require(_ status: Int32, _ what: String) throws(Failure) {
        guard status != 0 else { return }
        throw Failure("\(what): libunbound says \"\(unsafe String(cString: ub_strerror(status)))\"")
    }

    /// The records that hold for a name.
    mutating func relevant(to name: String) throws(Failure) -> RelevantCAA {
        var insecureName: String?
        var next = Substring(name)
        while !next.isEmpty {
            let answer = try answer(for: String(next))
            if !answer.isSecure, answer.bogus == nil, insecureName == nil { insecureName = String(next) }
            if !answer.isEmpty { return RelevantCAA(name: String(next), answer: answer, insecureName: insecureName) }
            next = next.drop { $0 != "." }.dropFirst()
        }
        return RelevantCAA(name: nil, answer: CAAAnswer(isSecure: insecureName == nil), insecureName: insecureName)
    }

    private mutating func answer(for name: String) throws(Failure) -> CAAAnswer {
        if let answer = known[name] { return answer }
        let answer = try ask(name)
        known[name] = answer
        return answer
    }

    private func ask(_ name: String) throws(Failure) -> CAAAnswer {
        let waiting = Waiting()
        let pointer = unsafe Unmanaged.passRetained(waiting).toOpaque()
        defer { unsafe Unmanaged<Waiting>.fromOpaque(pointer).release() }
        var query: Int32 = 0
        try require(
            unsafe ub_resolve_async(
                context, name, CAAResolver.type, 1, pointer,
                { pointer, status, result in
                    guard let pointer = unsafe pointer else { return }
                    let waiting = unsafe Unmanaged<Waiting>.fromOpaque(pointer).takeUnretainedValue()
                    waiting.end = unsafe (status, result.map { unsafe Result($0.pointee) })
                    unsafe ub_resolve_free(result)
                }, &query), name)
        let deadline = Deadline(after: timeout)
        while waiting.end == nil {
            var descriptor = unsafe pollfd(fd: ub_fd(context), events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&descriptor, 1, deadline.milliseconds)
            if ready > 0 { try require(unsafe ub_process(context), name) }
            guard waiting.end == nil, deadline.isOver else { continue }
            // From here on nobody calls back.
            try require(unsafe ub_cancel(context, query), name)
            throw Failure("\(name): no answer within \(deadline.text); a CA that gets none must not issue")
        }
        guard let end = waiting.end else { return CAAAnswer() }
        try require(end.status, name)
        guard let result = end.result else { throw Failure("\(name): libunbound gave no answer") }
        // NOERROR, and NXDOMAIN: a name that does not exist has no records.
        guard result.bogus != nil || result.code == 0 || result.code == 3 else {
            throw Failure(
                "\(name): the name servers failed (RCODE \(result.code)); a CA that gets no answer must not issue")
        }
        return result.answer
    }

    private final class Waiting {
        var end: (status: Int32, result: Result?)?
    }

    private struct Result {
        let code: Int
        let bogus: String?
        private(set) var answer: CAAAnswer

        @unsafe
        init(_ result: ub_result) {
            code = unsafe Int(result.rcode)
            bogus = unsafe result.bogus != 0 ? result.why_bogus.map { unsafe String(cString: $0) } ?? "" : nil
            answer = unsafe CAAAnswer(isSecure: result.secure != 0, bogus: bogus)
            guard bogus == nil, unsafe result.havedata != 0, let data = unsafe result.data else { return }
            var index = 0
            while let item = unsafe data[index] {
                let bytes = unsafe UnsafeRawBufferPointer(start: item, count: Int(result.len[index]))
                if let record = unsafe CAARecord(Array(bytes)) {
                    answer.records.append(record)
                } else {
                    answer.malformed += 1
                }
                index += 1
            }
        }
    }
}
