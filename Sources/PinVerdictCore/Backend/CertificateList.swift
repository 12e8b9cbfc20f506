// SPDX-License-Identifier: Apache-2.0

/// Encoded certificates in somebody else's memory, leaf first.
public protocol CertificateList {
    var count: Int { get }

    /// One certificate's bytes; nil where there is none at that depth. The memory is the caller's: what is read
    /// twice may have changed in between.
    @_lifetime(borrow self)
    func certificate(at depth: Int) -> Span<UInt8>?
}

/// Certificates that a TLS library has validated: leaf first, trust anchor last. Pins are looked for in this
/// type alone, so that looking for them in what a peer sent does not compile (CVE-2016-2402).
public struct ValidatedChain<List: CertificateList> {
    public let certificates: List

    /// The caller's promise that the TLS library validated exactly these certificates as a path.
    public init(validated certificates: List) { self.certificates = certificates }
}

/// Certificates that a peer sent, leaf first: anything, until a ``TrustStore`` has made a path of them.
public struct PresentedChain<List: CertificateList> {
    public let certificates: List
    private var unreadable = CertificateSlots<Bool>(repeating: false)

    public init(presented certificates: List) { self.certificates = certificates }

    /// Whether the certificate at a depth is to be left out, as if it had not been sent: it cannot be read.
    public func isLeftOut(at depth: Int) -> Bool { unreadable.indices.contains(depth) && unreadable[depth] }

    /// Looks for what is to be left out. Throws where nothing is left: the leaf has to be readable.
    mutating func leaveOutUnreadable() throws(Refusal) {
        let certificates = certificates
        guard certificates.count > 0 else { throw .emptyChain }
        guard certificates.count <= Limits.certificates else { throw .malformedCertificate }
        for depth in 0..<certificates.count {
            if let encoded = certificates.certificate(at: depth), (try? Certificate(encoded)) != nil { continue }
            guard depth > 0 else { throw Refusal(.malformedCertificate, at: 0) }
            unreadable[depth] = true
        }
    }
}
