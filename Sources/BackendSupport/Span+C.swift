// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdict

extension Span where Element == UInt8 {
    /// Memory of C's, which has to live as long; none for NULL.
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

    /// The bytes of a C string, which has to live as long, before its NUL. Of one with more than `limit` there are as
    /// many and one, so that it is seen to be too long.
    @unsafe
    @_lifetime(immortal)
    public init(_ text: UnsafePointer<CChar>, limit: Int) {
        unsafe self.init(text, count: strnlen(text, limit + 1))
    }
}
