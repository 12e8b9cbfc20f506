// SPDX-License-Identifier: Apache-2.0

import CPosix

extension UnsafeMutablePointer where Pointee: ~Copyable {
    /// Moves a value into memory of its own. Throws away the value where there is no memory.
    static func box(_ value: consuming Pointee) throws(CallFailure) -> UnsafeMutablePointer {
        guard let memory = unsafe malloc(MemoryLayout<Pointee>.size) else { throw .outOfMemory }
        let box = unsafe memory.bindMemory(to: Pointee.self, capacity: 1)
        unsafe box.initialize(to: value)
        return unsafe box
    }

    func freeBox() {
        unsafe deinitialize(count: 1)
        unsafe free(self)
    }
}
