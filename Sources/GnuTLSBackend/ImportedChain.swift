// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// Certificates that a peer sent, imported by GnuTLS. ``free()`` gives them back.
@safe
struct ImportedChain {
    private var certificates: CertificateSlots<gnutls_x509_crt_t?>
    private var count = 0
    /// Nothing was left out that GnuTLS might have read.
    private(set) var isComplete = true

    init<List: CertificateList>(_ list: List, leavingOut isLeftOut: (Int) -> Bool = { _ in false }) throws(Refusal) {
        unsafe certificates = InlineArray(repeating: nil)
        for depth in 0..<list.count where !isLeftOut(depth) {
            guard count < Limits.certificates, let encoded = list.certificate(at: depth) else {
                free()
                throw .malformedCertificate
            }
            var imported: gnutls_x509_crt_t?
            if Self.isModest(encoded) {
                unsafe imported = Self.imported(encoded)
            } else {
                isComplete = false
            }
            // GnuTLS does not import certificates with keys it does not know: the leaf is needed, others are left
            // out, as if they had not been sent.
            guard let certificate = unsafe imported else {
                if depth > 0 { continue }
                throw .untrustedChain
            }
            unsafe certificates[count] = certificate
            count += 1
        }
    }

    /// The leaf alone, of any size. Throws ``Reason/untrustedChain`` where GnuTLS does not read it.
    init(leafAlone leaf: Span<UInt8>) throws(Refusal) {
        unsafe certificates = InlineArray(repeating: nil)
        guard let imported = unsafe Self.imported(leaf) else { throw .untrustedChain }
        unsafe certificates[0] = imported
        count = 1
        isComplete = false
    }

    /// Of a Name, in bytes.
    static var maximumNameSize: Int { 1 << 10 }

    /// Whether a certificate that can be read is one that GnuTLS gets done with: its time grows with the square of the
    /// parts of Names, which it compares with one another before any signature, and with the cube of an RSA key's size.
    static func isModest(_ encoded: Span<UInt8>) -> Bool {
        guard let certificate = try? Certificate(encoded) else { return true }
        return max(certificate.issuer.count, certificate.subject.count) <= maximumNameSize
            && certificate.subjectPublicKeyInfo.count <= 3 << 10
    }

    @unsafe
    private static func imported(_ encoded: Span<UInt8>) -> gnutls_x509_crt_t? {
        var certificate: gnutls_x509_crt_t?
        guard unsafe gnutls_x509_crt_init(&certificate) == GNUTLS_E_SUCCESS else { return nil }
        let status = unsafe encoded.withUnsafeBufferPointer { bytes in
            var datum = unsafe gnutls_datum_t(
                data: UnsafeMutablePointer(mutating: bytes.baseAddress), size: UInt32(truncatingIfNeeded: bytes.count))
            return unsafe gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER)
        }
        if status != GNUTLS_E_SUCCESS {
            unsafe gnutls_x509_crt_deinit(certificate)
            return nil
        }
        return unsafe certificate
    }

    /// The certificate with these bytes, which is the caller's then: of those that were sent, else imported anew.
    @unsafe
    mutating func take(_ encoded: Span<UInt8>) -> gnutls_x509_crt_t? {
        for index in 0..<count {
            let certificate = unsafe certificates[index]
            let isSame = unsafe encoded.withUnsafeBufferPointer {
                unsafe cgnutls_has_bytes(certificate, $0.baseAddress, UInt32($0.count))
            }
            guard isSame else { continue }
            unsafe certificates[index] = nil
            return unsafe certificate
        }
        return unsafe Self.imported(encoded)
    }

    func free() {
        for index in 0..<count { unsafe gnutls_x509_crt_deinit(certificates[index]) }
    }

    /// 0 where GnuTLS builds a path to the list, and where it looks at times, one that is valid now; else what it has
    /// against it. The steps go to this thread's ``PathCapture``.
    @unsafe
    mutating func status(by list: gnutls_x509_trust_list_t, flags: UInt32, looksAtTimes: Bool) -> UInt32 {
        let count = UInt32(count)
        return unsafe withUnsafeMutableBytes(of: &certificates) { bytes in
            let first = unsafe bytes.baseAddress?.assumingMemoryBound(to: gnutls_x509_crt_t?.self)
            return unsafe cgnutls_status_of(list, first, count, flags, looksAtTimes, PathCapture.observe)
        }
    }

    /// The place of a certificate among those that were sent; nil for none of them, such as an anchor.
    @unsafe
    func depth(of certificate: gnutls_x509_crt_t?) -> Int? {
        for index in 0..<count where unsafe certificates[index] == certificate { return index }
        return nil
    }

    /// Whether a time, in seconds since 1970-01-01 00:00:00 UTC, lies within the leaf's validity.
    func isLeafValid(at time: Int64) -> Bool { unsafe cgnutls_is_valid_at(certificates[0], time) }

    /// Whether a list trusts the leaf for a host by its name.
    @unsafe
    func isLeafNamed(_ host: borrowing HostName, by list: gnutls_x509_trust_list_t, _ flags: UInt32) -> Bool {
        let leaf = unsafe certificates[0]
        return unsafe host.withCString { unsafe cgnutls_is_named(list, leaf, $0, flags) }
    }

    /// Whether the leaf's subjectAltNames contain the host.
    func leafNames(_ host: borrowing HostName) -> Bool {
        let isAddress = host.isAddress
        let leaf = unsafe certificates[0]
        return unsafe host.withCString { unsafe cgnutls_names_host(leaf, $0, isAddress) }
    }
}
