// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import PinVerdictCore

/// What GnuTLS has verified within a handshake: so the check after it need not ask again.
@safe
public struct VerifiedPeer: BitwiseCopyable {
    private let chain: Digest
    private let list: gnutls_x509_trust_list_t

    /// A chain by its ``ChainDigest``, and the list that it was verified against.
    @unsafe
    init(_ chain: Digest, _ list: gnutls_x509_trust_list_t) {
        self.chain = chain
        unsafe self.list = list
    }

    @unsafe
    func covers(_ chain: Digest, _ list: gnutls_x509_trust_list_t) -> Bool {
        unsafe self.chain == chain && self.list == list
    }
}
