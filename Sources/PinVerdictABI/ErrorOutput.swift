import CPinVerdict
import CPosix
import PinVerdict

/// The caller's pinverdict_error: checked first, filled in at the end.
@unsafe
struct ErrorOutput {
    private let error: UnsafeMutablePointer<pinverdict_error>?

    /// Nil for a struct of a size that is not taken, of which nothing may be written. NULL is taken.
    init?(_ error: UnsafeMutablePointer<pinverdict_error>?) {
        if let error = unsafe error {
            guard isAcceptedSize(unsafe error.pointee.struct_size, MemoryLayout<pinverdict_error>.size) else {
                return nil
            }
        }
        unsafe self.error = error
    }

    func succeed() -> pinverdict_status { unsafe write(PINVERDICT_OK, 0, ASCIIText<255>()) }

    @inline(never)  // there are many, and the size of the object counts
    func fail(_ status: pinverdict_status, _ message: StaticString) -> pinverdict_status {
        var text = ASCIIText<255>()
        text.append(message)
        return unsafe write(status, 0, text)
    }

    func outOfMemory() -> pinverdict_status {
        unsafe fail(PINVERDICT_OUT_OF_MEMORY, "out of memory; nothing was changed")
    }

    func write(_ status: pinverdict_status, _ line: Int, _ message: ASCIIText<255>) -> pinverdict_status {
        guard let error = unsafe error else { return status }
        let size = unsafe error.pointee.struct_size
        unsafe memset(error, 0, size)
        unsafe error.pointee.struct_size = size
        unsafe error.pointee.status = status
        unsafe error.pointee.line = UInt32(clamping: line)
        unsafe withUnsafeMutableBytes(of: &error.pointee.message) { unsafe copy(message.span, to: $0) }
        return status
    }
}

/// From the first release's size to 4096.
func isAcceptedSize(_ size: Int, _ known: Int) -> Bool { size >= known && size <= 4096 }

/// Copies text into a zeroed array of a C struct, which keeps a NUL at its end.
@unsafe
func copy(_ text: Span<UInt8>, to output: UnsafeMutableRawBufferPointer) {
    guard let start = output.baseAddress else { return }
    unsafe text.withUnsafeBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        unsafe memcpy(start, first, min(bytes.count, output.count - 1))
    }
}
