// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdict

/// Why a file could not be read.
enum FileFailure: Error {
    case outOfMemory
    /// What went wrong, and its errno, 0 where it has none.
    case unreadable(StaticString, Int32)
}

/// Reads a regular file of at most `limit` bytes into memory, whose allocation is checked, for as long as the
/// body runs. The file is opened without waiting, so that a FIFO in its place cannot hold the caller up.
@unsafe
func withFileContents<Result>(
    _ path: UnsafePointer<CChar>, limit: Int, _ body: (Span<UInt8>) -> Result
) throws(FileFailure) -> Result {
    var descriptor: Int32
    repeat {
        descriptor = unsafe cposix_open(path)
    } while descriptor < 0 && cposix_errno() == EINTR
    guard descriptor >= 0 else { throw .unreadable("cannot open", cposix_errno()) }
    defer { close(descriptor) }

    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable("cannot look at", cposix_errno()) }
    guard cposix_is_regular(status.st_mode) else { throw .unreadable("not a regular file:", 0) }
    let expected = Int(status.st_size)
    guard expected >= 0, expected <= limit else { throw .unreadable("larger than 256 MiB:", 0) }

    // One byte more, to notice a file that grows while it is read.
    let capacity = expected + 1
    guard let memory = unsafe malloc(capacity) else { throw .outOfMemory }
    defer { unsafe free(memory) }
    var size = 0
    while size < capacity {
        let count = unsafe read(descriptor, memory + size, capacity - size)
        if count == 0 { break }
        if count > 0 {
            size += count
        } else if cposix_errno() != EINTR {
            throw .unreadable("cannot read", cposix_errno())
        }
    }
    guard size == expected else { throw .unreadable("changed while it was read; try again:", 0) }
    return unsafe body(Span(_unsafeStart: memory.assumingMemoryBound(to: UInt8.self), count: size))
}
