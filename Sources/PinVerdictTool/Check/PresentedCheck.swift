// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// A check of what a server sent: the path that the TLS library makes of it, and the verdict on that.
struct PresentedCheck {
    let sent: CertificateChain
    /// Without certificates where the library accepts none.
    let path: CertificateChain
    let verdict: Verdict
    /// What the library says of a path that it does not accept; empty for nothing.
    let words: String

    init(
        _ sent: CertificateChain, host: String, _ anchors: BuiltInBackend.Anchors, _ circumstances: CheckCircumstances,
        under file: PolicyFile
    ) {
        self.sent = sent
        let source = PresentedPath(PresentedChain(presented: sent), anchors)
        do throws(Refusal) {
            let found = try source.withPath(
                toHost: Array(host.utf8).span, at: circumstances.clock.now()
            ) { _, path -> CertificateChain in PresentedCheck.copy(path, sent) }
            path = found
            verdict = circumstances.verdict(host: host, found, under: file)
            words = ""
        } catch {
            path = CertificateChain([])
            verdict = Verdict(refusing: error)
            words = error.finding == 0 ? "" : String(source.words(for: error.finding).span)
        }
    }

    /// The path's certificates live only while it is lent.
    private static func copy<List: CertificateList>(
        _ path: ValidatedChain<List>?, _ sent: CertificateChain
    ) -> CertificateChain {
        guard let certificates = path?.certificates else { return CertificateChain([]) }
        return CertificateChain(
            (0..<certificates.count).map { depth in
                var bytes: [UInt8] = []
                if let certificate = certificates.certificate(at: depth) {
                    bytes = certificate.indices.map { certificate[$0] }
                }
                return sent.certificates.first { $0.bytes == bytes }
                    ?? EncodedCertificate(fileName: "the trust store", line: nil, number: 1, bytes: bytes)
            })
    }

    func isOnPath(_ certificate: EncodedCertificate) -> Bool {
        path.certificates.contains { $0.bytes == certificate.bytes }
    }
}
