// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import Glibc
    import PinVerdictCore

    /// Reads one log: each entry once, none left out, and nothing believed that its signed root does not bear out.
    final class LogFollower {
        struct Settings: Sendable {
            /// Where a log is begun that has not been read before; nil for its end.
            let start: UInt64?
            /// After which a log that says nothing new, or that cannot be kept up with, is told; in seconds.
            let longestDelay: Double
            let patience: LogClient.Patience
            let requestSeconds: Double
            let trustFile: String?
        }

        private let log: LogDescription
        private let judge: CertificateJudge
        private let journal: WatchJournal
        private let settings: Settings
        private let client: LogClient
        private var source: any LogSource
        /// Conditions that have been told, and last still.
        private var told: Set<CTFinding.Kind> = []
        let show: (LogDescription, UInt64, UInt64) -> Void

        /// Entries whose findings are kept until a root bears them out, and findings of one such piece.
        private static let piece: UInt64 = 4096
        private static let maximumFindings = 256
        /// How far a log's clock may be ahead, in milliseconds.
        private static let tolerance: UInt64 = 300_000

        init(
            _ log: LogDescription, _ judge: CertificateJudge, _ journal: WatchJournal, _ settings: Settings,
            show: @escaping (LogDescription, UInt64, UInt64) -> Void
        ) throws(Failure) {
            self.log = log
            self.judge = judge
            self.journal = journal
            self.settings = settings
            self.show = show
            client = LogClient(
                log, try HTTPClient(seconds: settings.requestSeconds, trustFile: settings.trustFile), settings.patience)
            source = LogFollower.source(client)
        }

        private static func source(_ client: LogClient) -> any LogSource {
            switch client.log.interface {
            case .tiles: StaticLog(client)
            case .rfc6962: RFC6962Log(client)
            }
        }

        /// Reads up to the newest tree head. Returns why that did not go, or nil.
        func read() -> LogFailure? {
            var failure = attempt()
            if case .contradiction = failure {
                // Something on the way may have been wrong; once more, from what is sure.
                source = LogFollower.source(client)
                failure = attempt()
            }
            if case .contradiction(let words) = failure {
                source = LogFollower.source(client)
                tell(.logForked, words)
            } else if failure == nil {
                told.remove(.logForked)
            }
            tellDelay()
            return failure
        }

        private func attempt() -> LogFailure? {
            do throws(LogFailure) {
                let head = try source.head()
                guard head.timestamp <= LogFollower.now + LogFollower.tolerance else {
                    throw .unusable("\(log.url): a tree head of the future, \(head.timestamp)")
                }
                try read(to: head)
                return nil
            } catch {
                return error
            }
        }

        private func read(to head: TreeHead) throws(LogFailure) {
            var progress: LogProgress
            if let kept = journal.progress(of: log) { progress = kept } else { progress = try start(under: head) }
            let read = progress.range.size
            if head.size < read {
                // An old one is no lie: logs answer from many places.
                guard head.timestamp > progress.newestHead else { return }
                tell(.logShrank, "its newest tree head has \(head.size) entries, and one before had \(read)")
                return
            }
            told.remove(.logShrank)
            if head.size == read, progress.range.root != head.root {
                throw .contradiction("two tree heads of size \(read) have different roots")
            }
            if head.timestamp > progress.newestHead {
                progress.newestHead = head.timestamp
                if head.size > read { _ = journal.add([], progress, of: log) }
            }
            while progress.range.size < head.size { try readPiece(&progress, under: head) }
            progress.readHead = max(progress.readHead, head.timestamp)
            if progress != journal.progress(of: log) { _ = journal.add([], progress, of: log) }
        }

        /// The log's end, or where the settings say.
        private func start(under head: TreeHead) throws(LogFailure) -> LogProgress {
            var progress = LogProgress()
            let first = min(settings.start ?? head.size, head.size)
            if first > 0 {
                let path = try source.path(of: first - 1, in: head.size)
                guard path.root == head.root else {
                    throw .contradiction("entry \(first - 1) is not under the signed root of size \(head.size)")
                }
                progress.range = path.range
            } else if head.size == 0, head.root != MerkleHash.ofNothing {
                throw .contradiction("the root of no entries is not that of nothing")
            }
            progress.newestHead = head.timestamp
            progress.readHead = head.timestamp
            _ = journal.add([], progress, of: log)
            return progress
        }

        /// Reads some entries, holds them against the signed root, and hands in what was found.
        private func readPiece(_ progress: inout LogProgress, under head: TreeHead) throws(LogFailure) {
            var range = progress.range
            let start = range.size
            let end = min(head.size, (start / LogFollower.piece + 1) * LogFollower.piece)
            var findings: [CTFinding] = []
            while range.size < end, findings.count < LogFollower.maximumFindings {
                show(log, range.size, head.size)
                for entry in try source.entries(from: range.size, in: head.size) {
                    let index = range.size
                    range.append(entry.hash)
                    findings += try self.findings(in: entry, at: index, announced: progress.announced)
                    if range.size == end || findings.count >= LogFollower.maximumFindings { break }
                }
            }
            try verify(range, from: start, under: head)
            progress.range = range
            if progress.announced <= range.size { progress.announced = 0 }
            guard journal.add(findings, progress, of: log) else { throw .unusable("") }
        }

        private func verify(_ range: CompactRange, from start: UInt64, under head: TreeHead) throws(LogFailure) {
            let words = "entries \(start) to \(range.size - 1) do not add up to the signed root of size \(head.size)"
            guard range.size < head.size else {
                if range.root != head.root { throw .contradiction(words) }
                return
            }
            let path = try source.path(of: range.size - 1, in: head.size)
            guard path.root == head.root, path.range == range else { throw .contradiction(words) }
        }

        private func findings(
            in entry: LogEntry, at index: UInt64, announced: UInt64
        ) throws(LogFailure) -> [CTFinding] {
            var findings: [CTFinding]
            switch entry.content {
            case .unreadable:
                findings = [
                    CTFinding(.unreadableNames, "the log has bytes there that are no entry", of: log.url, index)
                ]
            case .certificate(let content, let issuers):
                let bytes = content.certificate
                guard judge.isConcerned(with: bytes) else { return [] }
                let above = try source.issuers(issuers)
                findings = judge.findings(
                    for: LoggedCertificate(
                        leaf: EncodedCertificate(fileName: log.url, line: nil, number: 1, bytes: bytes),
                        issuers: above.certificates, issuerKeyHash: content.issuerKeyHash,
                        entry: LogEntryPlace(log: log.url, index: index, timestamp: content.timestamp),
                        note: above.isWhole ? nil : "the log does not give all the issuers that it names"))
            }
            if index < announced {
                for number in findings.indices { findings[number].isRepeated = true }
            }
            return findings
        }

        /// A condition of the log, once for as long as it lasts.
        private func tell(_ kind: CTFinding.Kind, _ words: String) {
            guard told.insert(kind).inserted else { return }
            _ = journal.add([CTFinding(kind, words, of: log.url, nil)], nil, of: log)
        }

        private func tellDelay() {
            guard let progress = journal.progress(of: log) else { return }
            let (newest, read) = (age(of: progress.newestHead), age(of: progress.readHead))
            if newest > settings.longestDelay {
                tell(.logSilent, "its newest tree head is \(LogFollower.text(newest)) old")
            } else {
                told.remove(.logSilent)
                if read > settings.longestDelay {
                    tell(.behind, "what was read last is \(LogFollower.text(read)) old")
                } else {
                    told.remove(.behind)
                }
            }
        }

        private static var now: UInt64 { UInt64(max(0, Moment.current.seconds)) * 1000 }

        /// In seconds.
        private func age(of timestamp: UInt64) -> Double {
            Double(LogFollower.now) / 1000 - Double(timestamp) / 1000
        }

        private static func text(_ seconds: Double) -> String {
            seconds < 7200 ? "\(Int(seconds)) seconds" : "\(Int(seconds / 3600)) hours"
        }
    }

    extension CTFinding {
        /// Of a log, or of a place in it.
        fileprivate init(_ kind: Kind, _ words: String, of log: String, _ index: UInt64?) {
            self.init(
                kind: kind, headline: index.map { "entry \($0) of \(log): \(words)" } ?? "\(log): \(words)",
                details: [],
                members: [
                    ("log", .string(log)), ("entry", index.map { .unsigned($0) } ?? .null), ("detail", .string(words)),
                ])
        }
    }
#endif
