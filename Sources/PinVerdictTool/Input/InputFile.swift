// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file's bytes, of at most 256 MiB unless less is asked for; `-` is standard input.
struct InputFile {
    let path: String
    let bytes: [UInt8]
    /// A regular file that every user of the machine may read.
    let isReadableByAll: Bool

    static let maximumSize = 256 << 20

    /// What messages call the file.
    var name: String { InputFile.name(of: path) }

    static func name(of path: String) -> String { path == "-" ? "standard input" : path.printable }

    /// Reads whatever gives bytes: regular files, FIFOs, devices. Nothing is read of a file that is too large.
    init(_ path: String, maximumSize: Int = InputFile.maximumSize) throws(Failure) {
        self.path = path
        let name = InputFile.name(of: path)
        let descriptor = try InputFile.descriptor(path, name)
        defer { if path != "-" { close(descriptor) } }

        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Failure("\(name): \(systemMessage(errno))")
        }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else { throw Failure("\(name): is a directory") }
        let size = kind == S_IFREG ? Int(status.st_size) : 0
        isReadableByAll = kind == S_IFREG && status.st_mode & S_IROTH != 0
        guard size <= maximumSize else { throw InputFile.tooLarge(name, maximumSize) }
        bytes = try InputFile.contents(descriptor, expected: size, maximumSize, name)
    }

    /// Bytes that are at hand.
    init(_ path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        isReadableByAll = false
    }

    static func descriptor(_ path: String, _ name: String) throws(Failure) -> Int32 {
        guard path != "-" else { return STDIN_FILENO }
        var descriptor: Int32
        repeat {
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { throw Failure("\(name): \(systemMessage(errno))") }
        return descriptor
    }

    private static func contents(
        _ descriptor: Int32, expected: Int, _ maximumSize: Int, _ name: String
    ) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(expected)
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &part, part.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Failure("\(name): \(systemMessage(errno))")
            }
            guard bytes.count + count <= maximumSize else { throw tooLarge(name, maximumSize) }
            bytes.append(contentsOf: part[..<count])
        }
    }

    private static func tooLarge(_ name: String, _ maximumSize: Int) -> Failure {
        Failure("\(name): larger than \(maximumSize >> 20) MiB")
    }
}
