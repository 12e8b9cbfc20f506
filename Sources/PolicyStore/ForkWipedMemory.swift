// SPDX-License-Identifier: Apache-2.0

import CPosix

/// Zeroed memory that a forked child finds zeroed again: for what belongs to threads that do not exist there.
public enum ForkWipedMemory {
    @unsafe
    public static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        let mapped = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe mapped, unsafe memory != cposix_map_failed() else { return nil }
        // A kernel before 4.14 does not know this: where a thread was in the middle of a call when a child was forked,
        // the child's calls keep policies too long, or wait for ever.
        _ = unsafe madvise(memory, size, MADV_WIPEONFORK)
        return unsafe memory
    }

    @unsafe
    public static func free(_ memory: UnsafeMutableRawPointer, _ size: Int) { unsafe munmap(memory, size) }
}
