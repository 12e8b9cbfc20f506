// SPDX-License-Identifier: Apache-2.0

/// A validated chain whose certificates have all been read, and whose names link: the issuer of each is the
/// subject of the next (RFC 5280, section 6.1), byte for byte or as the TLS library compares names.
struct CertificationPath<List: CertificateList>: ~Copyable {
    let certificates: List
    private var keys = CertificateSlots<ByteRange>(repeating: ByteRange(0, 0))
    /// Of the leaf's key, once it has been hashed: rejected keys and pins ask for the same.
    private var leafDigest: Digest?

    var count: Int { certificates.count }

    /// Nothing is read yet. Reading is a step of its own, as an initialiser that throws costs every check 1 % more.
    init(_ chain: ValidatedChain<List>) { certificates = chain.certificates }

    /// Reads every certificate. With `crossCheck`, the backend's own extractor reads each one too, and has to find the
    /// same key.
    @_optimize(speed)
    mutating func read<Backend: TLSBackend>(crossCheck: Bool, _ backend: Backend) throws(Refusal) {
        guard count <= Limits.certificates else { throw .malformedCertificate }
        let certificates = certificates
        var issuer = Span<UInt8>()
        // A broken link is reported only if every certificate can be read.
        var isLinked = true
        for depth in 0..<count {
            guard let encoded = certificates.certificate(at: depth),
                let certificate = try? Certificate(encoded, isInlined: true)
            else { throw Refusal(.malformedCertificate, at: depth) }
            if depth > 0, !isEqual(issuer, certificate.subject) { isLinked = false }
            issuer = certificate.issuer
            keys[depth] = certificate.subjectPublicKeyInfoRange
            if crossCheck, !backend.findsKey(certificate.subjectPublicKeyInfo, in: encoded) {
                throw Refusal(.extractorsDisagree, at: depth)
            }
        }
        if !isLinked { try Self.requireLinks(certificates, backend) }
    }

    /// Whether the names link as the TLS library compares them. Not inlined, as hardly any path needs it.
    @inline(never)
    private static func requireLinks<Backend: TLSBackend>(
        _ certificates: List, _ backend: Backend
    ) throws(Refusal) {
        var issuer = Span<UInt8>()
        for depth in 0..<certificates.count {
            guard let encoded = certificates.certificate(at: depth), let certificate = try? Certificate(encoded) else {
                throw Refusal(.malformedCertificate, at: depth)
            }
            if depth > 0, !backend.areOneName(issuer, certificate.subject) { throw Refusal(.notAPath, at: depth) }
            issuer = certificate.issuer
        }
    }

    /// The pin of a certificate; nil where it has none of the kind (a bare key of an algorithm without one).
    @_optimize(speed)
    mutating func digest<Backend: TLSBackend>(
        _ kind: PinKind, at depth: Int, _ backend: Backend
    ) throws(Refusal) -> Digest? {
        let certificates = self.certificates
        let key = keys[depth]
        guard let encoded = certificates.certificate(at: depth), key.end <= encoded.count else {
            throw Refusal(.malformedCertificate, at: depth)
        }
        if depth == 0, kind == .spki, let leafDigest { return leafDigest }
        do throws(PinFailure) {
            let digest = try kind.digest(of: encoded, encoded.extracting(key), backend)
            if depth == 0, kind == .spki { leafDigest = digest }
            return digest
        } catch {
            switch error {
            case .unsupportedKey: return nil
            case .malformedCertificate: throw Refusal(.malformedCertificate, at: depth)
            case .backendFailure: throw .backendFailure
            }
        }
    }
}
