// SPDX-License-Identifier: Apache-2.0

/// Why a certificate has no pin of a kind.
public enum PinFailure: Error {
    case malformedCertificate
    case unsupportedKey
    case backendFailure
}

extension PinKind {
    /// The pin of one encoded certificate. With `crossChecks`, the backend's own extractor has to find the same
    /// key: where it finds another, or refuses the certificate, there is no pin.
    @_optimize(speed)
    public func digest<Backend: TLSBackend>(
        of encoded: Span<UInt8>, crossChecks: Bool, _ backend: Backend
    ) throws(PinFailure) -> Digest {
        guard let certificate = try? Certificate(encoded) else { throw .malformedCertificate }
        let info = certificate.subjectPublicKeyInfo
        if crossChecks, !backend.findsKey(info, in: encoded) { throw .malformedCertificate }
        return try digest(of: encoded, info, backend)
    }

    /// The pin of a certificate whose SubjectPublicKeyInfo has been found.
    @_optimize(speed)
    func digest<Backend: TLSBackend>(
        of encoded: Span<UInt8>, _ subjectPublicKeyInfo: Span<UInt8>, _ backend: Backend
    ) throws(PinFailure) -> Digest {
        let digest: Digest?
        switch self {
        case .certificate:
            digest = backend.sha256(encoded)
        case .spki:
            digest = backend.sha256(subjectPublicKeyInfo)
        case .key:
            guard let info = try? SubjectPublicKeyInfo(subjectPublicKeyInfo) else { throw .malformedCertificate }
            guard info.keyAlgorithm != .other else { throw .unsupportedKey }
            digest = backend.sha256(info.key)
        }
        guard let digest else { throw .backendFailure }
        return digest
    }
}
