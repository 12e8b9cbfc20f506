// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdictCore

extension CertificateArray {
    /// A caller's array, as far as it can be one: no negative count or size, no NULL in a certificate's place.
    @inline(__always)
    init(_ chain: UnsafePointer<pinverdict_bytes>?, _ count: Int) throws(Refusal) {
        guard count >= 0 else { throw .invalidArgument }
        guard count > 0 else { throw .emptyChain }
        guard let chain = unsafe chain else { throw .invalidArgument }
        // Of a longer chain no certificate is looked at.
        for depth in 0..<min(count, Limits.certificates) {
            let bytes = unsafe chain[depth]
            guard unsafe bytes.data != nil, unsafe bytes.size >= 0 else { throw .invalidArgument }
        }
        unsafe self.init(UnsafeRawPointer(chain), count: count)
    }
}
