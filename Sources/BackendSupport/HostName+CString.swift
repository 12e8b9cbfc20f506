// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension HostName {
    /// Lends the canonical text as C libraries take it.
    public borrowing func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var text = InlineArray<256, CChar>(repeating: 0)
        for index in 0..<count { text[index] = CChar(bitPattern: self[index]) }
        return unsafe withUnsafePointer(to: &text) {
            unsafe body(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
    }
}
