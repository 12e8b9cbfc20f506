// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import CPosix
import PinVerdictCore

/// Why a file could not be read.
enum FileFailure: Error {
    case outOfMemory
    /// What went wrong, and its errno, 0 where it has none.
    case unreadable(StaticString, Int32)
}

/// A regular file of at most `limit` bytes in memory, whose allocation is checked. The file is opened without waiting,
/// so that a FIFO in its place cannot hold the caller up.
///
/// Who reads one frees it. A type that cannot be copied, and lends a span, would be put on the heap by the compiler, in
/// a way that ends the process where there is no memory.
@unsafe
struct FileContents: BitwiseCopyable {
    private let memory: UnsafeMutableRawPointer
    private let size: Int
    let mark: FileMark

    @unsafe
    @inline(never)
    init(_ path: UnsafePointer<CChar>, limit: Int) throws(FileFailure) {
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
        guard expected >= 0, expected <= limit else {
            throw .unreadable(limit == PolicyCounts.maximumTextSize ? "larger than 256 MiB:" : "too large:", 0)
        }
        let mark = FileMark(status)

        // One byte more, to notice a file that grows while it is read.
        let capacity = expected + 1
        guard let memory = unsafe malloc(capacity) else { throw .outOfMemory }
        var failure: FileFailure?
        var size = 0
        while size < capacity {
            let count = unsafe read(descriptor, memory + size, capacity - size)
            if count == 0 { break }
            if count > 0 {
                size += count
            } else if cposix_errno() != EINTR {
                failure = .unreadable("cannot read", cposix_errno())
                break
            }
        }
        let isSame = unsafe fstat(descriptor, &status) == 0 && FileMark(status).isOfSameContents(as: mark)
        if failure == nil, size != expected || !isSame {
            failure = .unreadable("changed while it was read; try again:", 0)
        }
        if let failure {
            unsafe free(memory)
            throw failure
        }
        unsafe self.memory = memory
        unsafe self.size = size
        unsafe self.mark = mark
    }

    /// Reads a file, and describes a failure.
    @unsafe
    static func of(_ path: UnsafePointer<CChar>, limit: Int, _ error: ErrorOutput) throws(CallFailure) -> FileContents {
        do throws(FileFailure) {
            return try unsafe FileContents(path, limit: limit)
        } catch let failure {
            throw unsafe error.describe(failure, path)
        }
    }

    func deallocate() { unsafe free(memory) }

    /// Valid until ``deallocate()``.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            let span = unsafe Span(_unsafeStart: memory.assumingMemoryBound(to: UInt8.self), count: size)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}

extension ErrorOutput {
    /// Describes that a file could not be read.
    @inline(never)
    func describe(_ failure: FileFailure, _ path: UnsafePointer<CChar>) -> CallFailure {
        switch failure {
        case .outOfMemory: return .outOfMemory
        case .unreadable(let what, let number):
            unsafe describe(.unreadablePolicy, fileMessage(what, number, path))
            return .unreadablePolicy
        }
    }
}

/// Such as: cannot open "/etc/pins.conf": No such file or directory
@unsafe
func fileMessage(_ what: StaticString, _ number: Int32, _ path: UnsafePointer<CChar>) -> ASCIIText<255> {
    var message = ASCIIText<255>()
    message.append(what)
    message.append(" ")
    let shown = 128
    message.append(quoting: unsafe Span(path, limit: shown), limit: shown)
    if number != 0 {
        message.append(": ")
        var text = InlineArray<128, UInt8>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &text) { unsafe cposix_error_text(number, $0.baseAddress, $0.count) }
        for index in text.indices where text[index] != 0 { message.append(text[index]) }
    }
    return message
}
