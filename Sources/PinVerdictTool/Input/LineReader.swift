// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file's lines one after the other, of any number; `-` is standard input. What is longer than a line may be takes no
/// memory.
struct LineReader: ~Copyable {
    let name: String
    /// Of the line that was read last, from 1.
    private(set) var number = 0
    private let descriptor: Int32
    private let limit: Int
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var rest = 0..<0

    enum Line {
        case line([UInt8])
        case tooLong
    }

    init(_ path: String, limit: Int) throws(Failure) {
        name = InputFile.name(of: path)
        descriptor = try InputFile.descriptor(path, name)
        self.limit = limit
    }

    deinit { if descriptor != STDIN_FILENO { close(descriptor) } }

    /// Nil at the end.
    mutating func next() throws(Failure) -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        var hasBegun = false
        while true {
            if rest.isEmpty, try !fill() {
                guard hasBegun else { return nil }
                break
            }
            hasBegun = true
            let end = buffer[rest].firstIndex(of: UInt8(ascii: "\n"))
            let part = rest.lowerBound..<(end ?? rest.upperBound)
            isTooLong = isTooLong || line.count + part.count > limit
            if isTooLong { line = [] } else { line += buffer[part] }
            rest = min(part.upperBound + 1, rest.upperBound)..<rest.upperBound
            if end != nil { break }
        }
        number += 1
        return isTooLong ? .tooLong : .line(line)
    }

    /// False at the end.
    private mutating func fill() throws(Failure) -> Bool {
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count >= 0 {
                rest = 0..<count
                return count > 0
            }
            guard errno == EINTR else { throw Failure("\(name): \(systemMessage(errno))") }
        }
    }
}
