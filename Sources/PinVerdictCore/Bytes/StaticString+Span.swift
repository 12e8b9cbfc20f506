// SPDX-License-Identifier: Apache-2.0

/// Equality with ASCII text from the source.
func isEqual(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    isEqual(bytes, text.span)
}

extension StaticString {
    /// The text's UTF-8 bytes, which are there for the life of the process.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            let bytes = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(bytes, copying: ())
        }
    }
}

extension Span where Element == UInt8 {
    func starts(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        return count >= length && isEqual(extracting(first: length), text)
    }

    /// Removes the prefix; false where the span does not begin with it.
    @_lifetime(self: copy self)
    mutating func drop(_ prefix: StaticString) -> Bool {
        guard starts(with: prefix) else { return false }
        self = extracting(prefix.utf8CodeUnitCount..<count)
        return true
    }
}
