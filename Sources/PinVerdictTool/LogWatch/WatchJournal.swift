// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where threads hand in what they have read and found: findings first, then how far a log has been read, so that what
/// ends the command in between makes nothing be missed.
final class WatchJournal: Sendable {
    private struct Content {
        var state: WatchState
        var file: FindingsFile?
        var hasAlarm = false
        /// What ends the command: nothing can be kept any more.
        var failure: Failure?
    }

    private let content: Monitor<Content>
    private let printsJSON: Bool
    private let printsAll: Bool

    /// - Parameters:
    ///   - path: Of the state.
    ///   - findings: Of the file to append findings to; nil for standard output.
    init(state path: String, findings: String?, json: Bool, all: Bool) throws(Failure) {
        try WatchJournal.lock(path + ".lock")
        var state = try WatchState(path)
        let file: FindingsFile?
        if let findings {
            let opened = try FindingsFile(findings, after: state.findings)
            state.findings = opened.mark
            file = opened
        } else {
            file = nil
            state.findings = nil
        }
        try state.save()
        content = Monitor(Content(state: state, file: file))
        printsJSON = json
        printsAll = all
    }

    /// Held until the process ends: two would report the same.
    private static func lock(_ path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("\(path.printable): \(systemMessage(errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                errno == EWOULDBLOCK
                    ? "another ct-watch runs with this state" : "\(path.printable): \(systemMessage(errno))")
        }
    }

    var hasAlarm: Bool { content.withValue(\.hasAlarm) }
    var failure: Failure? { content.withValue(\.failure) }

    func progress(of log: LogDescription) -> LogProgress? { content.withValue { $0.state[log] } }

    /// Prints findings, and keeps how far the log has been read. False once nothing can be kept any more.
    func add(_ findings: [CTFinding], _ progress: LogProgress?, of log: LogDescription) -> Bool {
        content.withValue { content in
            guard content.failure == nil else { return false }
            do throws(Failure) {
                try add(findings, progress, of: log, to: &content)
                return true
            } catch {
                content.failure = error
                return false
            }
        }
    }

    private func add(
        _ findings: [CTFinding], _ progress: LogProgress?, of log: LogDescription, to content: inout Content
    ) throws(Failure) {
        let shown = findings.filter { printsAll || $0.kind.isAlarm }
        if shown.contains(where: \.kind.isAlarm) { content.hasAlarm = true }
        if !shown.isEmpty {
            let text = shown.map { printsJSON ? $0.json : $0.text }.joined()
            if content.file != nil {
                try content.file?.append(text)
                content.state.findings = content.file?.mark
            } else {
                if let progress, var before = content.state[log] {
                    before.announced = progress.range.size
                    content.state[log] = before
                    try content.state.save()
                }
                try StandardOutput.write(text)
            }
        }
        guard progress != nil || !shown.isEmpty else { return }
        if let progress { content.state[log] = progress }
        try content.state.save()
    }
}
