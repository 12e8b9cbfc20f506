// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdict

/// Who wants to see the path that a check looks at; nobody for NULL.
@safe
struct PathObserver {
    private let function: pinverdict_path_function?
    private let argument: UnsafeMutableRawPointer?

    @unsafe
    init(_ function: pinverdict_path_function?, _ argument: UnsafeMutableRawPointer?) {
        unsafe self.function = function
        unsafe self.argument = argument
    }

    static var nobody: PathObserver { unsafe PathObserver(nil, nil) }

    func see(_ path: ValidatedChain<CertificateArray>?) {
        guard let function = unsafe function, let certificates = path?.certificates else { return }
        unsafe function(argument, certificates.first.assumingMemoryBound(to: pinverdict_bytes.self), certificates.count)
    }
}
