// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore

extension Span where Element == UInt8 {
    /// Memory from C, which has to live as long as the span; empty for NULL.
    @unsafe
    @_lifetime(immortal)
    public init(_ start: UnsafeRawPointer?, count: Int) {
        if let start = unsafe start {
            let span = unsafe Span(_unsafeStart: start.assumingMemoryBound(to: UInt8.self), count: count)
            self = unsafe _overrideLifetime(span, copying: ())
        } else {
            self = Span()
        }
    }

    /// The bytes of a C string before its NUL; it has to live as long as the span. Of a string that is longer than
    /// `limit` they are `limit` + 1, so that the caller sees that it is too long.
    @unsafe
    @_lifetime(immortal)
    public init(_ text: UnsafePointer<CChar>, limit: Int) {
        unsafe self.init(text, count: strnlen(text, limit + 1))
    }
}
