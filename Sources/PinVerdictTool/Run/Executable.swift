// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CPosix
import Glibc

/// A program that is to be run, and whether a preloaded library can reach it.
struct Executable {
    let path: String
    /// Why its connections cannot be looked at, as far as the file tells.
    let obstacle: String?

    var name: String { path.printable }

    /// A path, or a name that PATH has.
    init(named name: String) throws {
        guard let path = Executable.find(name) else {
            StandardError.write("\(name.printable): there is no such program")
            throw ExitCode.notFound
        }
        self.path = path
        obstacle = Executable.obstacle(of: path)
    }

    /// Becomes the program. Signals that this command ignores are the program's again.
    func replaceCommand(_ arguments: [String], _ environment: [String]) throws -> Never {
        _ = signal(SIGPIPE, SIG_DFL)
        _ = signal(SIGXFSZ, SIG_DFL)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var lines = unsafe environment.map { unsafe strdup($0) } + [nil]
        _ = unsafe execve(path, &words, &lines)
        StandardError.write("\(name): \(systemMessage(errno))")
        throw ExitCode.cannotRun
    }

    private static func find(_ name: String) -> String? {
        guard !name.contains("/") else { return unsafe access(name, F_OK) == 0 ? name : nil }
        let folders = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        let places = folders.split(separator: ":", omittingEmptySubsequences: false).map {
            ($0.isEmpty ? "." : $0) + "/" + name
        }
        return places.first { unsafe access($0, X_OK) == 0 && isFile($0) }
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Of a script it is the interpreter that counts; the system follows as few of them. Nil for what cannot be run.
    private static func obstacle(of path: String, depth: Int = 0) -> String? {
        guard isFile(path), depth < 5 else { return nil }
        guard let file = try? InputFile(path, maximumSize: 1 << 30) else { return "it cannot be read" }
        if let interpreter = interpreter(of: file.bytes) {
            return obstacle(of: interpreter, depth: depth + 1).map {
                "it is a script for \(interpreter.printable), and \($0)"
            }
        }
        if changesUser(path) { return "it runs as another user, and the loader preloads nothing into it" }
        return ProgramFile(file.bytes).obstacle
    }

    /// Of env(1) it is the program that env looks for.
    private static func interpreter(of bytes: [UInt8]) -> String? {
        guard bytes.starts(with: "#!".utf8) else { return nil }
        let line = bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\t" }).map(
            String.init)
        guard let first = words.first, first.hasSuffix("/env") else { return words.first }
        return words.dropFirst().first { !$0.starts(with: "-") && !$0.contains("=") }.flatMap(find) ?? first
    }

    /// By its mode, or by capabilities that the file brings.
    private static func changesUser(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        if status.st_mode & S_ISUID != 0 && status.st_uid != getuid() { return true }
        if status.st_mode & S_ISGID != 0 && status.st_gid != getgid() { return true }
        return unsafe cposix_has_capabilities(path) && getuid() != 0
    }
}
