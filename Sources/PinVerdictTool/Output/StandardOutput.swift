// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Standard output, whose every write is checked: a result that was lost must not look like one that was given.
enum StandardOutput {
    static func write(_ text: String) throws(Failure) {
        var text = text
        let error = text.withUTF8 { bytes in unsafe writeAll(bytes, to: STDOUT_FILENO) }
        guard let error else { return }
        // No message where the reader has closed the pipe, as `head` does.
        throw Failure(error == EPIPE ? "" : "cannot write to standard output: \(systemMessage(error))")
    }
}

/// Standard error. That it could not be written to cannot be reported, but by the exit status.
enum StandardError {
    /// A line that begins with the command's name.
    static func write(_ message: String) {
        if !message.isEmpty { print("pinverdict: \(message)") }
    }

    static func print(_ line: String) { put(line + "\n") }

    static func put(_ text: String) {
        var text = text
        _ = text.withUTF8 { bytes in unsafe writeAll(bytes, to: STDERR_FILENO) }
    }
}

/// Returns the errno of the write that failed, or nil.
@unsafe
func writeAll(_ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32) -> Int32? {
    guard let start = bytes.baseAddress else { return nil }
    var written = 0
    while written < bytes.count {
        let count = unsafe write(descriptor, start + written, bytes.count - written)
        if count >= 0 {
            written += count
        } else if errno == EAGAIN {
            // Somebody made the terminal or the pipe non-blocking.
            var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe Glibc.poll(&poll, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}

/// The system's words for an errno.
func systemMessage(_ error: Int32) -> String {
    guard let text = unsafe strerror(error) else { return "error \(error)" }
    return unsafe String(cString: text)
}
