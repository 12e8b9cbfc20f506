// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What is kept between runs, in a file that is never half-written: a line for each log.
struct WatchState {
    private let path: String
    private var logs: [String: LogProgress] = [:]
    /// The file of findings as the state has it, and how much of it belongs to what has been read.
    var findings: FindingsFile.Mark?

    private static let header = "pinverdict ct-watch 1"
    private static let maximumSize = 4 << 20

    /// Throws for a file that is not one of states: without it, entries would be missed.
    init(_ path: String) throws(Failure) {
        self.path = path
        guard unsafe access(path, F_OK) == 0 || errno != ENOENT else { return }
        let file = try InputFile(path, maximumSize: WatchState.maximumSize)
        var lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")[...]
        guard lines.popFirst() == Substring(WatchState.header), lines.popLast() == "end" else {
            throw WatchState.mistake(file)
        }
        for line in lines {
            let words = line.split(separator: " ")
            switch words.first {
            case "findings":
                guard let mark = FindingsFile.Mark(words.dropFirst()) else { throw WatchState.mistake(file) }
                findings = mark
            case "log":
                guard words.count > 1, let progress = LogProgress(words.dropFirst(2)) else {
                    throw WatchState.mistake(file)
                }
                logs[String(words[1])] = progress
            default: throw WatchState.mistake(file)
            }
        }
    }

    private static func mistake(_ file: InputFile) -> Failure {
        Failure("\(file.name): not a state of ct-watch; without it, reading would begin anew at the logs' ends")
    }

    subscript(log: LogDescription) -> LogProgress? {
        get { logs[log.key.id.base64] }
        set { logs[log.key.id.base64] = newValue }
    }

    /// On disk, whole, before it returns.
    func save() throws(Failure) {
        var text = WatchState.header + "\n"
        if let findings { text += "findings \(findings.text)\n" }
        for (id, progress) in logs.sorted(by: { $0.key < $1.key }) { text += "log \(id) \(progress.text)\n" }
        text += "end\n"
        let new = path + ".new"
        let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(new) }
        let error = text.withUTF8 { bytes in unsafe writeAll(bytes, to: descriptor) }
        let isWritten = error == nil && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, unsafe rename(new, path) == 0 else { throw failure(path) }
        // The name, too.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let directory = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(folder) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure(folder) }
    }

    private func failure(_ path: String) -> Failure { Failure("\(path.printable): \(systemMessage(errno))") }
}
