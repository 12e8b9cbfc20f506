// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An ELF file, as far as it tells whether its TLS can be reached (System V ABI, chapters 4 and 5).
struct ProgramFile {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Nil where nothing speaks against it: it may still have TLS of its own.
    var obstacle: String? {
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return "it is no ELF file" }
        guard bytes.count >= 64, bytes[4] == 2, bytes[5] == 1, number(18, 2) == Self.machine else {
            return "it is for another processor than PinVerdict"
        }
        guard hasInterpreter else {
            return "it is linked statically, and nothing is preloaded into it"
        }
        // What `go version` looks for.
        if has([0xff] + Array(" Go buildinf:".utf8)) {
            return "it is a Go program, which has TLS of its own"
        }
        // The names of needed libraries stand in a table of strings.
        let libraries = ["\0libssl.so.", "\0libgnutls.so."]
        if has(Array("/rustc/".utf8)), !libraries.contains(where: { has(Array($0.utf8)) }) {
            return "it is a Rust program without OpenSSL or GnuTLS, which may have TLS of its own"
        }
        return nil
    }

    #if arch(arm64)
        private static let machine: UInt64 = 183
    #else
        private static let machine: UInt64 = 62
    #endif
    private static let interpreterKind: UInt64 = 3

    /// Whether the loader is asked to load it, and so reads LD_PRELOAD.
    private var hasInterpreter: Bool {
        let start = number(32, 8)
        let size = number(54, 2)
        let count = number(56, 2)
        return (0..<count).contains { number(start &+ $0 * size, 4) == Self.interpreterKind }
    }

    /// Little-endian; 0 beyond the end.
    private func number(_ offset: UInt64, _ size: Int) -> UInt64 {
        let start = Int(min(offset, UInt64(bytes.count)))
        return bytes[start...].prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A program may have some hundred megabytes: libc's memchr goes through them.
    private func has(_ word: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let first = word.first, var next = bytes.baseAddress else { return false }
            let end = unsafe next + bytes.count
            while let found = unsafe memchr(next, Int32(first), end - next) {
                guard unsafe end - UnsafeRawPointer(found) >= word.count else { return false }
                if unsafe memcmp(found, word, word.count) == 0 { return true }
                unsafe next = UnsafeRawPointer(found) + 1
            }
            return false
        }
    }
}
