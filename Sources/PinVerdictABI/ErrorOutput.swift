// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix
import PinVerdictCore

/// The caller's pinverdict_error: checked first, filled in at the end.
@unsafe
struct ErrorOutput {
    private let error: UnsafeMutablePointer<pinverdict_error>?

    /// Nil for a struct of a size that is not taken, of which nothing may be written. NULL is taken.
    init?(_ error: UnsafeMutablePointer<pinverdict_error>?) {
        if let error = unsafe error, unsafe !error.hasAcceptedSize { return nil }
        unsafe self.error = error
    }

    /// One of our own.
    init(owned error: UnsafeMutablePointer<pinverdict_error>) { unsafe self.error = error }

    /// Says what was said before.
    func tell(_ other: pinverdict_error) {
        guard let error = unsafe error else { return }
        unsafe error.clear()
        unsafe error.pointee.status = other.status
        unsafe error.pointee.line = other.line
        unsafe error.pointee.message = other.message
    }

    func succeed() -> pinverdict_status {
        unsafe error?.clear()
        return PINVERDICT_OK
    }

    @inline(never)
    func fail(_ failure: CallFailure) -> pinverdict_status {
        if let message = failure.message {
            var text = ASCIIText<255>()
            if let argument = failure.argument {
                text.append(argument.name)
                text.append(" ")
            }
            text.append(message)
            unsafe describe(failure, text)
        }
        return failure.status
    }

    @inline(never)
    func describe(_ failure: CallFailure, line: Int = 0, _ message: ASCIIText<255>) {
        guard let error = unsafe error else { return }
        unsafe error.clear()
        unsafe error.pointee.status = failure.status
        unsafe error.pointee.line = UInt32(clamping: line)
        unsafe withUnsafeMutableBytes(of: &error.pointee.message) { unsafe copy(message.span, to: $0) }
    }
}

/// Copies text into a zeroed array of a C struct, which keeps a NUL at its end.
@unsafe
func copy(_ text: Span<UInt8>, to output: UnsafeMutableRawBufferPointer) {
    guard let start = output.baseAddress else { return }
    unsafe text.withUnsafeBufferPointer { bytes in
        guard let first = bytes.baseAddress else { return }
        unsafe memcpy(start, first, min(bytes.count, output.count - 1))
    }
}
