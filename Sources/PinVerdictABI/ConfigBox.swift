// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPosix

/// What a pinverdict_config points to.
@safe
struct ConfigBox: HandleBox, ~Copyable {
    static var argument: Argument { .config }

    let flavour = BuiltInBackend.names
    var checker = CheckerConfiguration()
    /// Whether checkers load trust anchors, for what peers present.
    var validatesPresented = true
    /// A copy of the name, in malloc's memory; NULL for the system's store.
    private(set) var trustFile: UnsafeMutablePointer<CChar>?

    init() { unsafe trustFile = nil }

    deinit { unsafe free(trustFile) }

    @unsafe
    mutating func setTrustFile(_ path: UnsafePointer<CChar>?) throws(CallFailure) {
        var copy: UnsafeMutablePointer<CChar>?
        if let path = unsafe path {
            unsafe copy = strdup(path)
            guard unsafe copy != nil else { throw .outOfMemory }
        }
        unsafe free(trustFile)
        unsafe trustFile = copy
    }
}
