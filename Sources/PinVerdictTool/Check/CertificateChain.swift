// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The certificates of a path, from one file or several, as a checker takes them.
struct CertificateChain: CertificateList {
    let certificates: [EncodedCertificate]
    /// All of them, one behind the other: what is lent out has to live here.
    private let bytes: [UInt8]
    private let ranges: [Range<Int>]

    init(_ certificates: [EncodedCertificate]) {
        self.certificates = certificates
        var bytes: [UInt8] = []
        ranges = certificates.map { certificate in
            bytes += certificate.bytes
            return (bytes.count - certificate.bytes.count)..<bytes.count
        }
        self.bytes = bytes
    }

    /// Reads the files in their order. What is no certificate is said on standard error, and what should be one
    /// and is not even bytes is a failure.
    init(files: [String]) throws(Failure) {
        var certificates: [EncodedCertificate] = []
        for path in files {
            for item in CertificateReader(try InputFile(path)) {
                switch item {
                case .certificate(let certificate): certificates.append(certificate)
                case .content: continue  // not asked for
                case .note(let message): StandardError.write(message)
                case .mistake(let message): throw Failure(message)
                }
            }
        }
        self.init(certificates)
    }

    var count: Int { ranges.count }

    @_lifetime(borrow self)
    func certificate(at depth: Int) -> Span<UInt8>? {
        ranges.indices.contains(depth) ? bytes.span.extracting(ranges[depth]) : nil
    }
}
