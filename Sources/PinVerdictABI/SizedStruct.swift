// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import CPosix

/// A struct of the caller's that begins with its size.
protocol SizedStruct {
    var struct_size: Int { get set }
}

extension pinverdict_error: SizedStruct {}
extension pinverdict_verdict: SizedStruct {}

extension UnsafeMutablePointer where Pointee: SizedStruct {
    /// From the first release's size to 4096: of any other, nothing may be written.
    var hasAcceptedSize: Bool {
        let size = unsafe pointee.struct_size
        return size >= MemoryLayout<Pointee>.size && size <= 4096
    }

    /// Zeroes all that the caller has of the struct, but its size.
    func clear() {
        let size = unsafe pointee.struct_size
        unsafe memset(self, 0, size)
        unsafe pointee.struct_size = size
    }
}
