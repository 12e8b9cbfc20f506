// SPDX-License-Identifier: Apache-2.0

import CPosix

/// What tells a file as it is from what it was, and from others. Zeros for none.
struct FileMark: BitwiseCopyable, Equatable {
    private var device: UInt = 0
    private var inode: UInt = 0
    private var size = 0
    private var modified = 0
    private var modifiedNanoseconds = 0
    /// In seconds since 1970.
    private(set) var changed = 0
    private var changedNanoseconds = 0
    /// Another file has taken its place, or it was removed.
    private var isUnlinked = false

    init() {}

    init(_ status: stat) {
        device = UInt(truncatingIfNeeded: status.st_dev)
        inode = UInt(truncatingIfNeeded: status.st_ino)
        size = Int(status.st_size)
        modified = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        changed = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
        isUnlinked = status.st_nlink == 0
    }

    /// Whether an open file is what it was. To be replaced changes its times, too, but not what is in it.
    func isOfSameContents(as earlier: FileMark) -> Bool {
        if self == earlier { return true }
        var unlinked = earlier
        unlinked.changed = changed
        unlinked.changedNanoseconds = changedNanoseconds
        unlinked.isUnlinked = true
        return self == unlinked
    }
}

/// A policy's file and, where it has one, its signature's.
struct FileMarks: BitwiseCopyable, Equatable {
    var text = FileMark()
    var signature = FileMark()

    /// When the later of the two last changed.
    var changed: Int { max(text.changed, signature.changed) }
}
