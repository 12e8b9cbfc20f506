// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends

/// What a handle of the C interface points to.
///
/// A process may have two flavours of the library, and the boxes of one are laid out as the other's are not. So each
/// begins with the backends of the library that made it.
protocol HandleBox: ~Copyable {
    /// What messages call the handle.
    static var argument: Argument { get }

    /// The first property of every box.
    var flavour: BackendSet { get }
}

extension HandleBox where Self: ~Copyable {
    /// The box of a handle that this library has made.
    @unsafe
    @inline(__always)
    static func required(_ handle: OpaquePointer?) throws(CallFailure) -> UnsafeMutablePointer<Self> {
        let box = unsafe UnsafeMutablePointer<Self>(try PinVerdictABI.required(handle, argument))
        guard unsafe box.pointee.flavour == BuiltInBackend.names else { throw .otherFlavour(argument) }
        return unsafe box
    }
}
