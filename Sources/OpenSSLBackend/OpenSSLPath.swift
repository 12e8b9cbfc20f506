// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdict

/// A chain that OpenSSL built, encoded again: i2d_X509 gives the bytes that were read.
enum OpenSSLPath {
    /// Lends the path; nil for one with more certificates than are taken. NULL is one without certificates.
    @unsafe
    static func encode<Result>(
        _ chain: OpaquePointer?, _ body: (ValidatedChain<CertificateArray>?) -> Result
    ) throws(Refusal) -> Result {
        let count = unsafe copenssl_stack_count(chain)
        guard count <= Limits.certificates else { return body(nil) }
        var path = CertificateStorage()
        defer { unsafe path.free { unsafe copenssl_free($0) } }
        for depth in 0..<count {
            var output: UnsafeMutablePointer<UInt8>?
            let size = unsafe i2d_X509(copenssl_stack_at(chain, depth), &output)
            guard size > 0, unsafe path.append(output, size: Int(size)) else { throw .backendFailure }
        }
        return path.withCertificates { body(ValidatedChain(validated: $0)) }
    }
}
