// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A digest over all that a validation is given but the anchors and the time.
struct ChainDigest {
    /// Room for the host, the flags, and a digest of each certificate.
    private var text = ASCIIText<2048>()

    init(to host: borrowing HostName, flags: UInt32) {
        text.append(host.span)
        text.append(0)
        for octet in 0..<4 { text.append(UInt8(truncatingIfNeeded: flags >> UInt32(8 * octet))) }
    }

    /// Adds a certificate that was sent. Throws ``Reason/backendFailure`` where GnuTLS cannot hash.
    mutating func append(_ certificate: Span<UInt8>) throws(Refusal) {
        guard let digest = GnuTLSBackend().sha256(certificate) else { throw .backendFailure }
        for octet in 0..<Digest.size { text.append(digest[octet]) }
    }

    func finish() throws(Refusal) -> Digest {
        guard !text.isTruncated, let digest = text.withSpan({ GnuTLSBackend().sha256($0) }) else {
            throw .backendFailure
        }
        return digest
    }
}
