// SPDX-License-Identifier: Apache-2.0

import CPosix

/// A copy of a C string, and of what is to stand behind it.
@safe
struct CStringBox: ~Copyable {
    @unsafe let text: UnsafeMutablePointer<CChar>

    @unsafe
    @_optimize(size)
    init(_ text: UnsafePointer<CChar>, _ more: StaticString = "") throws(CallFailure) {
        let size = unsafe strlen(text)
        guard let memory = unsafe malloc(size + more.utf8CodeUnitCount + 1) else { throw .outOfMemory }
        unsafe memcpy(memory, text, size)
        // A literal's bytes end with a NUL.
        unsafe memcpy(memory + size, more.utf8Start, more.utf8CodeUnitCount + 1)
        unsafe self.text = memory.bindMemory(to: CChar.self, capacity: size + more.utf8CodeUnitCount + 1)
    }

    /// Nil for NULL.
    @unsafe
    static func copy(_ text: UnsafePointer<CChar>?) throws(CallFailure) -> CStringBox? {
        guard let text = unsafe text else { return nil }
        return try unsafe CStringBox(text)
    }

    deinit { unsafe free(text) }
}
