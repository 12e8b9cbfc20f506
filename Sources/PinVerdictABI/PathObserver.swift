// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdictCore

/// Who wants to see the path that a check looks at; nobody for NULL.
@safe
struct PathObserver {
    private let function: pinverdict_path_function?
    private let argument: UnsafeMutableRawPointer?
    /// Where to keep a path that is refused.
    private let kept: UnsafeMutablePointer<RefusedPath?>?

    @unsafe
    init(
        _ function: pinverdict_path_function?, _ argument: UnsafeMutableRawPointer?,
        keepingRefused kept: UnsafeMutablePointer<RefusedPath?>? = nil
    ) {
        unsafe self.function = function
        unsafe self.argument = argument
        unsafe self.kept = kept
    }

    static var nobody: PathObserver { unsafe PathObserver(nil, nil) }

    func see(_ path: ValidatedChain<CertificateArray>?, _ decision: pinverdict_decision) {
        guard let certificates = path?.certificates else { return }
        if decision != PINVERDICT_ALLOW { unsafe kept?.pointee = RefusedPath(certificates) }
        see(certificates)
    }

    func see(_ certificates: CertificateArray) {
        guard let function = unsafe function else { return }
        unsafe function(argument, certificates.first.assumingMemoryBound(to: pinverdict_bytes.self), certificates.count)
    }
}
