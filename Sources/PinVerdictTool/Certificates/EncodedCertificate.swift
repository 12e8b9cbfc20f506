/// The bytes of what should be a certificate, and where they come from.
struct EncodedCertificate {
    /// The start of a message about it, such as "certs.pem:31: certificate 2".
    let place: String
    let bytes: [UInt8]
}
