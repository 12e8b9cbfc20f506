/// Why a certificate has no pin of a kind.
public enum PinFailure: Error {
    case malformedCertificate
    case unsupportedKey
    case backendFailure
}

extension PinKind {
    /// The pin of one encoded certificate, read in place or, on request, by the backend's own extractor.
    public func digest<Backend: TLSBackend>(
        of encoded: Span<UInt8>, byExtractor: Bool, _ backend: Backend
    ) throws(PinFailure) -> Digest {
        guard byExtractor else {
            guard let certificate = try? Certificate(encoded) else { throw .malformedCertificate }
            return try digest(of: encoded, certificate.subjectPublicKeyInfo, backend)
        }
        let result: Result<Digest, PinFailure>? = backend.withSubjectPublicKeyInfo(of: encoded) { extracted in
            do throws(PinFailure) {
                return .success(try digest(of: encoded, extracted, backend))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw .malformedCertificate }
        return try result.get()
    }

    /// The pin of a certificate whose SubjectPublicKeyInfo has been found.
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
