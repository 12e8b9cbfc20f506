// SPDX-License-Identifier: Apache-2.0

/// The trust anchors that a TLS library validates against.
///
/// A conformer builds and validates a path the way the library does for a TLS server: signatures, validity,
/// basic constraints, path length, name constraints, the server purpose, keys and signatures of at least 112
/// bits, and the host name or IP address among the leaf's subjectAltNames (never its common name).
public protocol TrustStore {
    associatedtype Path: CertificateList

    /// Validates what a peer sent, without what is left out of it (``PresentedChain/isLeftOut(at:)``), and passes on
    /// the path: leaf first, trust anchor last. Throws ``Reason/untrustedChain``, else ``Reason/hostNameMismatch``,
    /// else ``Reason/certificateExpired`` (an expired or not yet valid certificate of the path), or
    /// ``Reason/backendFailure``.
    ///
    /// - Parameter time: seconds since 1970-01-01 00:00:00 UTC.
    func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<Path>) -> Result
    ) throws(Refusal) -> Result

    /// The library's words for what it found.
    func words(for finding: UInt32) -> FindingText

    /// Gives the anchors back.
    func free()
}

/// Where a check that has no validated path yet gets one from: certificates and a trust store, or a connection.
public protocol PathSource {
    associatedtype Path: CertificateList

    /// Passes the validated path on, or throws why the TLS library does not accept the certificates: that is a refusal
    /// whatever a policy says. Passes nil on where the library accepts them and no path can be had; then the policy
    /// decides, as far as it needs no path. `time` is in seconds since 1970-01-01 UTC.
    func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<Path>?) -> Result
    ) throws(Refusal) -> Result

    /// The TLS library's words for what it found.
    func words(for finding: UInt32) -> FindingText

    /// A connection whose session was resumed.
    var isResumed: Bool { get }
}

extension PathSource {
    /// Passes on the canonical text of a host, and the path to it: what a check takes. A path has a certificate.
    public func withPath<Result>(
        toHost spelling: Span<UInt8>, at time: Int64, _ body: (Span<UInt8>, ValidatedChain<Path>?) -> Result
    ) throws(Refusal) -> Result {
        guard let host = HostName(spelling) else { throw .malformedHostName }
        let result = try withPath(to: host, at: time) { path in
            if let path, path.certificates.count <= 0 { return Result?.none }
            return body(host.span, path)
        }
        guard let result else { throw .noValidatedPath }
        return result
    }
}

/// Certificates that a peer sent, and the anchors to validate them against.
public struct PresentedPath<List: CertificateList, Store: TrustStore>: PathSource {
    let presented: PresentedChain<List>
    let store: Store

    public init(_ presented: PresentedChain<List>, _ store: Store) {
        self.presented = presented
        self.store = store
    }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<Store.Path>?) -> Result
    ) throws(Refusal) -> Result {
        var presented = presented
        try presented.leaveOutUnreadable()
        return try store.withPath(of: presented, to: host, at: time, body)
    }

    public func words(for finding: UInt32) -> FindingText { store.words(for: finding) }

    public var isResumed: Bool { false }
}

/// What a validation found wrong; of several reasons the first decides, in whatever order a library finds them, and of
/// one reason what was found first.
public struct ValidationFindings {
    private var worst: Refusal?

    public init() {}

    public mutating func add(_ refusal: Refusal) {
        if let worst, Self.rank(worst) <= Self.rank(refusal) { return }
        worst = refusal
    }

    private static func rank(_ refusal: Refusal) -> Int {
        switch refusal.reason {
        case .hostNameMismatch: 1
        case .certificateExpired: 2
        default: 0
        }
    }

    public func requireNone() throws(Refusal) {
        if let worst { throw worst }
    }
}

/// Why trust anchors could not be loaded.
public enum TrustStoreFailure: Error {
    case outOfMemory
    case unreadable
}
