// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    /// Follows many logs, each by a thread of its own, so that one that stalls keeps none of the others.
    struct LogWatch: Sendable {
        private let logs: [LogDescription]
        private let judge: CertificateJudge
        private let journal: WatchJournal
        private let settings: LogFollower.Settings
        /// Seconds; nil to read the logs once.
        private let interval: Double?

        /// No log is left alone for longer, whatever it asks for.
        private static let day = 86400.0

        private struct Status {
            var running: Int
            var isComplete = true
            /// How much of each log has been read since the start, and is to be read.
            var entries: [String: (done: UInt64, end: UInt64)] = [:]
        }

        init(
            _ logs: [LogDescription], _ judge: CertificateJudge, _ journal: WatchJournal,
            _ settings: LogFollower.Settings, interval: Double?
        ) {
            self.logs = logs
            self.judge = judge
            self.journal = journal
            self.settings = settings
            self.interval = interval
        }

        /// False where some log could not be read to its end.
        func run() throws(Failure) -> Bool {
            let status = Monitor(Status(running: logs.count))
            for log in logs {
                guard Worker.start({ follow(log, status) }) else { throw Failure("the system gives no thread") }
            }
            var line = StatusLine()
            defer { line?.clear() }
            while true {
                let pause = line == nil ? nil : Deadline(after: 0.2)
                let isOver: Bool? = status.wait(until: pause) { $0.running == 0 ? true : nil }
                if isOver == true { return status.withValue(\.isComplete) }
                line?.show(status.withValue { LogWatch.text($0.entries.values) })
            }
        }

        private static func text(_ entries: some Collection<(done: UInt64, end: UInt64)>) -> String {
            let left = entries.reduce(0) { $0 + ($1.end - $1.done) }
            let behind = entries.count { $0.done < $0.end }
            return "\(counted(behind, "log")) with \(left) entries to read"
        }

        private func follow(_ log: LogDescription, _ status: Monitor<Status>) {
            defer { status.withValue { $0.running -= 1 } }
            do throws(Failure) {
                let follower = try LogFollower(log, judge, journal, settings) { log, done, end in
                    status.withValue { $0.entries[log.url] = (done, end) }
                }
                var said = ""
                while true {
                    let failure = follower.read()
                    let words = failure?.words ?? ""
                    status.withValue { $0.entries[log.url] = nil }
                    if journal.failure != nil { return }
                    if !words.isEmpty { status.withValue { $0.isComplete = false } }
                    // What lasts is said once.
                    if words != said, !words.isEmpty { StandardError.write("[ct-log \(log.name)] \(words.printable)") }
                    said = words
                    guard let interval else { return }
                    var pause = interval
                    if case .busy(_, let seconds) = failure { pause = max(pause, min(Double(seconds), LogWatch.day)) }
                    LogClient.sleep(pause)
                }
            } catch {
                StandardError.write("[ct-log \(log.name)] \(error.message)")
                status.withValue { $0.isComplete = false }
            }
        }
    }
#endif
