// SPDX-License-Identifier: Apache-2.0

/// The bytes of what should be a certificate, and where they come from.
struct EncodedCertificate {
    let fileName: String
    /// The line of its BEGIN; nil for a DER file.
    let line: Int?
    /// Its number in the file, from 1.
    let number: Int
    let bytes: [UInt8]

    /// The start of a message about it, such as "certs.pem:31: certificate 2".
    var place: String { EncodedCertificate.place(fileName, line, number) }

    static func place(_ fileName: String, _ line: Int?, _ number: Int) -> String {
        line == nil ? "\(fileName): the certificate" : "\(Place.text(fileName, line)): certificate \(number)"
    }
}
