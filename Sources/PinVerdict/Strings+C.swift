// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

extension String {
    /// The text in an array of C's, up to its NUL.
    init<Characters>(characters: Characters) {
        self = unsafe Swift.withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// The text, which C would read to its first NUL only.
    func forC(_ what: String) throws(PinVerdictError) -> String {
        if utf8.contains(0) { throw PinVerdictError(PINVERDICT_INVALID_ARGUMENT, "\(what) has a NUL in it") }
        return self
    }
}

extension [UInt8] {
    /// The octets as C's characters: never NULL, which would stand for something that is not there.
    func withCharacters<Result>(_ body: (UnsafeBufferPointer<CChar>) -> Result) -> Result {
        unsafe withUnsafeBytes { bytes in
            if unsafe bytes.isEmpty {
                var nothing: CChar = 0
                return unsafe withUnsafePointer(to: &nothing) { unsafe body(UnsafeBufferPointer(start: $0, count: 0)) }
            }
            return unsafe body(bytes.assumingMemoryBound(to: CChar.self))
        }
    }
}
