import CGnuTLS
import PinVerdict

/// A session with the peer's certificates, as the source of a validated path. GnuTLS leaves verifying to
/// the application, so this verifies, whatever the application did.
@unsafe
public struct GnuTLSConnection: PathSource {
    private let session: gnutls_session_t

    public init(_ session: gnutls_session_t) { unsafe self.session = session }

    public func withPath<Result>(
        to host: borrowing HostName, at time: Int64, _ body: (ValidatedChain<GnuTLSPath>) -> Result
    ) throws(Reason) -> Result {
        guard unsafe cgnutls_verifies(session) else { throw .noValidatedPath }
        var count: UInt32 = 0
        guard let first = unsafe gnutls_certificate_get_peers(session, &count), count > 0 else {
            throw .noValidatedPath
        }
        let leaf = unsafe Span<UInt8>(first.pointee)

        var capture = PathCapture()
        let status = capture.run { unsafe cgnutls_verify(session, PathCapture.observe) }
        var findings = ValidationFindings()
        findings.isUntrusted = status.is_untrusted
        findings.isOutsideValidity = status.is_outside_validity
        findings.isHostMismatched = unsafe !names(first.pointee, host)
        try findings.requireNone()
        guard let path = capture.path(from: leaf) else { throw .noValidatedPath }
        // GnuTLS has looked at the times by its own clock; the checker may have another.
        guard path.isValid(at: time) else { throw .certificateExpired }
        return body(ValidatedChain(validated: path))
    }

    /// Whether the session has no handshake behind it.
    public var isBeforeHandshake: Bool { unsafe cgnutls_is_before_handshake(session) }

    private func names(_ leaf: gnutls_datum_t, _ host: borrowing HostName) -> Bool {
        var name = InlineArray<256, CChar>(repeating: 0)
        for index in 0..<host.count { name[index] = CChar(bitPattern: host[index]) }
        let isAddress = host.isAddress
        return unsafe withUnsafePointer(to: &name) { name in
            let text = unsafe UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)
            return unsafe cgnutls_encoded_names_host(leaf.data, leaf.size, text, isAddress)
        }
    }
}
