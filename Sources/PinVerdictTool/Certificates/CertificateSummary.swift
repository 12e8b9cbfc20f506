// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// What a command says of a certificate.
struct CertificateSummary {
    /// RFC 4514 text; nil for a name that the TLS library cannot read.
    let subject: String?
    let issuer: String?
    let algorithm: String
    /// The size of the key; nil where the algorithm's name says it, or is unknown.
    let bits: Int?
    /// The pins of the kinds that the certificate has, in the order of ``PinKind``.
    let pins: [(kind: PinKind, digest: Digest)]

    /// Throws ``Failure`` with a message that begins with the certificate's place.
    init(_ encoded: EncodedCertificate, _ backend: BuiltInBackend) throws(Failure) {
        do throws(MalformedDER) {
            let certificate = try Certificate(encoded.bytes.span)
            subject = backend.text(ofName: certificate.subject)
            issuer = backend.text(ofName: certificate.issuer)
            algorithm = try AlgorithmText.text(certificate.subjectPublicKeyInfo)
            bits = AlgorithmText.bits(try SubjectPublicKeyInfo(certificate.subjectPublicKeyInfo))
        } catch {
            throw Failure("\(encoded.place) \(error.description)")
        }
        pins = try CertificateSummary.pins(encoded, backend)
    }

    private static func pins(
        _ encoded: EncodedCertificate, _ backend: BuiltInBackend
    ) throws(Failure) -> [(kind: PinKind, digest: Digest)] {
        var pins: [(kind: PinKind, digest: Digest)] = []
        for kind in PinKind.all {
            do throws(PinFailure) {
                pins.append((kind, try kind.digest(of: encoded.bytes.span, crossChecks: false, backend)))
            } catch {
                switch error {
                case .unsupportedKey: continue
                case .malformedCertificate: throw Failure("\(encoded.place) cannot be read")
                case .backendFailure: throw Failure("the TLS library could not compute SHA-256")
                }
            }
        }
        return pins
    }

    var subjectText: String { subject.map { $0.isEmpty ? "(empty)" : $0 } ?? "(not a readable name)" }
    var issuerText: String { issuer.map { $0.isEmpty ? "(empty)" : $0 } ?? "(not a readable name)" }

    /// Members of a JSON object; a kind that the algorithm does not have is null.
    var json: [(name: String, value: JSON)] {
        [("subject", JSON(subject)), ("issuer", JSON(issuer)), ("algorithm", .string(algorithm)), ("bits", JSON(bits))]
            + PinKind.json(pins)
    }
}
