// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix

/// A struct of the caller's that begins with its size.
protocol SizedStruct {
    var struct_size: Int { get set }

    /// What it was at first: a caller may know no more of it.
    static var firstSize: Int { get }
}

extension pinverdict_error: SizedStruct {
    static var firstSize: Int { MemoryLayout<pinverdict_error>.size }
}

extension pinverdict_verdict: SizedStruct {
    /// It ended before failed_depth and detail, and then before scts.
    static var firstSize: Int { sizeWithDetail - 4 - 188 }
    static var sizeWithDetail: Int { MemoryLayout<pinverdict_verdict>.size - 16 }
}

extension pinverdict_totals: SizedStruct {
    static var firstSize: Int { MemoryLayout<pinverdict_totals>.size }
}

extension pinverdict_policy_info: SizedStruct {
    static var firstSize: Int { MemoryLayout<pinverdict_policy_info>.size }
}

extension pinverdict_event: SizedStruct {
    static var firstSize: Int { MemoryLayout<pinverdict_event>.size }
}

extension UnsafeMutablePointer where Pointee: SizedStruct {
    /// From the first release's size to 4096: of any other, nothing may be written.
    var hasAcceptedSize: Bool {
        let size = unsafe pointee.struct_size
        return size >= Pointee.firstSize && size <= 4096
    }

    /// Whether the caller knows every field.
    var hasWholeSize: Bool { unsafe pointee.struct_size >= MemoryLayout<Pointee>.size }

    /// Zeroes all that the caller has of the struct, but its size.
    func clear() {
        let size = unsafe pointee.struct_size
        unsafe memset(self, 0, size)
        unsafe pointee.struct_size = size
    }
}
