// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import BuiltInBackends

    /// What a finding says of the certificate and of its place.
    struct CertificateFacts {
        let details: [(name: String, text: String)]
        let members: [(name: String, value: JSON)]

        init(_ certificate: LoggedCertificate, _ reading: LenientCertificate, _ backend: BuiltInBackend) {
            let summary = try? CertificateSummary(certificate.leaf, backend)
            let expiry = CertificateExpiry(certificate.leaf.bytes)?.day
            let key = summary?.pins.first { $0.kind == .spki }?.digest.base64
            let entry = certificate.entry
            // What a log has of a precertificate is not all of it.
            let isWhole = certificate.issuerKeyHash == nil
            let fingerprint = isWhole ? backend.sha256(certificate.leaf.bytes.span)?.base64 : nil

            let what = reading.isPrecertificate || !isWhole ? "precertificate" : "certificate"
            var details = [(what, entry.map { "entry \($0.index) of \($0.log)" } ?? certificate.leaf.place)]
            if let summary {
                details.append(("subject", summary.subjectText))
                details.append(("issuer", summary.issuerText))
            }
            let serial = reading.serial
            if !serial.isEmpty { details.append(("serial", serial + (expiry.map { ", until \($0)" } ?? ""))) }
            if let key { details.append(("key", key)) }
            self.details = details
            members = [
                ("file", JSON(entry == nil ? certificate.leaf.fileName : nil)),
                ("line", JSON(entry == nil ? certificate.leaf.line : nil)),
                ("log", JSON(entry?.log)), ("entry", entry.map { .unsigned($0.index) } ?? .null),
                ("timestamp", entry?.timestamp.map { .unsigned($0) } ?? .null),
                ("subject", JSON(summary?.subject)), ("issuer", JSON(summary?.issuer)),
                ("serial", JSON(serial.isEmpty ? nil : serial)), ("not_after", JSON(expiry)),
                ("pin_sha256", JSON(key)), ("certificate_sha256", JSON(fingerprint)),
            ]
        }
    }
#endif
