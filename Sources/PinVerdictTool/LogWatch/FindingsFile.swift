// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that findings are appended to. What a run that was ended has written for entries that are read again is cut
/// off, so that nothing stands in it twice.
struct FindingsFile {
    /// Which file it is, and how long it was when the state was written.
    struct Mark: Equatable {
        let device: UInt64
        let inode: UInt64
        var length: Int64

        var text: String { "\(device) \(inode) \(length)" }

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            length = Int64(status.st_size)
        }

        init?(_ words: some Collection<Substring>) {
            let numbers = words.compactMap { Int64($0) }
            guard numbers.count == 3, words.count == 3, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
            device = UInt64(numbers[0])
            inode = UInt64(numbers[1])
            length = numbers[2]
        }
    }

    private let path: String
    private let descriptor: Int32
    private(set) var mark: Mark

    init(_ path: String, after earlier: Mark?) throws(Failure) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        var status = stat()
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            throw Failure("\(path.printable): \(systemMessage(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure("\(path.printable): not a file") }
        mark = Mark(status)
        guard let earlier, earlier.device == mark.device, earlier.inode == mark.inode, mark.length > earlier.length
        else {
            return
        }
        guard ftruncate(descriptor, off_t(earlier.length)) == 0 else {
            throw Failure("\(path.printable): \(systemMessage(errno))")
        }
        mark.length = earlier.length
    }

    /// On disk before it returns.
    mutating func append(_ text: String) throws(Failure) {
        var text = text
        let error = text.withUTF8 { bytes in unsafe writeAll(bytes, to: descriptor) }
        guard error == nil, fsync(descriptor) == 0 else {
            throw Failure("\(path.printable): \(systemMessage(error ?? errno))")
        }
        mark.length += Int64(text.utf8.count)
    }
}
