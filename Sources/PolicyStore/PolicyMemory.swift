// SPDX-License-Identifier: Apache-2.0

import CPosix

/// Zeroed memory for a policy. A large one is mapped by itself, in pages of 2 MiB where the kernel has them: a lookup
/// among a million hosts reads five places in it, and small pages would each have to be looked up first. For memory
/// from malloc large pages are not asked for, since the program's heap uses it further once it is freed.
enum PolicyMemory {
    private static var smallestMapped: Int { 8 << 20 }

    @unsafe
    static func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= smallestMapped else { return unsafe calloc(1, size) }
        let mapped = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe mapped, unsafe memory != cposix_map_failed() else { return nil }
        _ = unsafe madvise(memory, size, MADV_HUGEPAGE)
        return unsafe memory
    }

    @unsafe
    static func free(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        if size >= smallestMapped {
            unsafe munmap(memory, size)
        } else {
            unsafe CPosix.free(memory)
        }
    }
}
