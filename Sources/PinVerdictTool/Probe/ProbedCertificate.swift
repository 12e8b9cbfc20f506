// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    /// A certificate that a server has sent, that is on the path, or both.
    struct ProbedCertificate {
        let encoded: EncodedCertificate
        /// Its place among those that were sent, from 0.
        let sent: Int?
        /// Its place on the path, 0 for the leaf.
        let depth: Int?
        let summary: Result<CertificateSummary, Failure>
        let expiry: CertificateExpiry?

        private init(_ encoded: EncodedCertificate, sent: Int?, depth: Int?) {
            self.encoded = encoded
            self.sent = sent
            self.depth = depth
            summary = Result { () throws(Failure) in try CertificateSummary(encoded, .automatic) }
            expiry = CertificateExpiry(encoded.bytes)
        }

        /// The path, then what was sent and is not on it.
        static func all(of handshake: ProbeHandshake, from server: String) -> [ProbedCertificate] {
            func encoded(_ bytes: [UInt8]) -> EncodedCertificate {
                EncodedCertificate(fileName: server, line: nil, number: 1, bytes: bytes)
            }
            var rest = Array(handshake.sent.enumerated())
            var certificates = handshake.path.enumerated().map { depth, bytes in
                let place = rest.firstIndex { $0.element == bytes }
                let sent = place.map { rest.remove(at: $0).offset }
                return ProbedCertificate(encoded(bytes), sent: sent, depth: depth)
            }
            certificates += rest.map { ProbedCertificate(encoded($0.element), sent: $0.offset, depth: nil) }
            return certificates
        }

        var subjectText: String { (try? summary.get().subjectText) ?? "a certificate that cannot be read" }

        func add(to report: inout Report, isValidated: Bool, at now: Moment) {
            let places = "\((sent.map { "\($0)" } ?? "-").padded(to: 7))\(depth.map { "\($0)" } ?? "-")"
            switch summary {
            case .success(let summary):
                report.add(places, summary.subjectText)
                report.add("", "issued by \(summary.issuerText)")
                report.add(
                    "", ([summary.algorithm] + [expiry?.text(at: now)].compactMap { $0 }).joined(separator: ", "))
                for pin in summary.pins where pin.kind == .spki {
                    report.add("", "\(pin.kind.name) = \(pin.digest.base64)")
                }
            case .failure(let failure):
                report.add(places, failure.message)
            }
            if depth == nil, isValidated { report.add("", "sent, but not on the path") }
        }

        func json(at now: Moment) -> JSON {
            let places: [(name: String, value: JSON)] = [("sent", JSON(sent)), ("depth", JSON(depth))]
            switch summary {
            case .success(let summary):
                return .object(
                    places + summary.json
                        + [("expires", JSON(expiry?.day)), ("days_left", JSON(expiry?.days(from: now)))])
            case .failure(let failure):
                return .object(places + [("error", .string(failure.message))])
            }
        }
    }
#endif
