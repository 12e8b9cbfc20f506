// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Certificates from files, of which some have issued others.
enum CertificateBundle {
    /// The certificates that each stand before their issuers.
    static func read(_ path: String) throws(Failure) -> [LoggedCertificate] {
        var found: [LoggedCertificate] = []
        var last: EncodedCertificate?
        for item in CertificateReader(try InputFile(path)) {
            switch item {
            case .certificate(let certificate):
                if let last, isIssued(last, by: certificate) {
                    found[found.count - 1].issuers.append(certificate.bytes)
                } else {
                    found.append(LoggedCertificate(leaf: certificate, issuers: []))
                }
                last = certificate
            case .content: continue  // not asked for
            case .note(let message): StandardError.write(message)
            case .mistake(let message): throw Failure(message)
            }
        }
        return found
    }

    private static func isIssued(_ one: EncodedCertificate, by other: EncodedCertificate) -> Bool {
        guard let issued = try? Certificate(one.bytes.span), let issuer = try? Certificate(other.bytes.span) else {
            return false
        }
        return isEqual(issued.issuer, issuer.subject)
    }
}
