// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import PinVerdictCore

/// GnuTLS's validation of certificates that a peer sent, against a trust list and under flags.
///
/// The path that GnuTLS takes depends on the time. Of several anchors of one name it takes one that is valid, and where
/// it meets something that has expired, it falls back: it leaves out the last certificate of the path that was sent,
/// whose key may be an anchor's too. So it trusts servers that send the cross-certificate of an expired root (DST Root
/// CA X3, AddTrust), or an intermediate that the trust list has renewed. Asked not to look at times, it goes through
/// what has expired.
@unsafe
struct GnuTLSValidation {
    let list: gnutls_x509_trust_list_t
    let flags: UInt32

    /// The path to an anchor, every certificate of it valid at a time, from a leaf that names the host. Throws
    /// ``Reason/untrustedChain``, else ``Reason/hostNameMismatch``, else ``Reason/certificateExpired``; and
    /// ``Reason/noValidatedPath`` where GnuTLS trusts what it reports no path for.
    func path(
        of imported: inout ImportedChain, from leaf: Span<UInt8>, to host: borrowing HostName, at time: Int64
    ) throws(Refusal) -> CapturedPath {
        let isNamed = imported.leafNames(host)
        // What GnuTLS trusts by its own clock has the path that the application has by GnuTLS alone.
        var isTrusted = true
        var expired = Refusal.certificateExpired
        do throws(Refusal) {
            let path = try unsafe attempt(&imported, from: leaf, looksAtTimes: true)
            guard isNamed else { throw .otherHost }
            if path.isValid(at: time) { return path }
        } catch {
            guard error == .untrustedChain else { throw error }
            isTrusted = false
            expired = Refusal(.certificateExpired, at: error.depth, finding: error.finding)
        }

        // GnuTLS stops at the first thing that is wrong, and has not looked past something that has expired. And the
        // checker may have a clock of its own, while GnuTLS has one for the whole process.
        do throws(Refusal) {
            let path = try unsafe attempt(&imported, from: leaf, looksAtTimes: false)
            guard isNamed else { throw .otherHost }
            if path.isValid(at: time) { return path }
        } catch {
            throw isTrusted && error == .untrustedChain ? expired : error
        }
        guard imported.isLeafValid(at: time), let path = unsafe pathByClock(at: time, &imported, from: leaf) else {
            throw expired
        }
        return path
    }

    /// Why a chain is refused that GnuTLS says has expired: it has not looked at all of it.
    func refusal(
        of imported: inout ImportedChain, from leaf: Span<UInt8>, to host: borrowing HostName
    ) -> Refusal {
        do throws(Refusal) {
            _ = try unsafe attempt(&imported, from: leaf, looksAtTimes: false)
            guard imported.leafNames(host) else { return .otherHost }
            // Once more, for the certificate.
            do throws(Refusal) { _ = try unsafe attempt(&imported, from: leaf, looksAtTimes: true) } catch {
                return Refusal(.certificateExpired, at: error.depth, finding: error.finding)
            }
            return .certificateExpired
        } catch {
            return error
        }
    }

    /// What GnuTLS would do if its clock showed the time: with the anchors that are valid then, and in a second attempt
    /// without the last certificate of what was sent.
    private func pathByClock(
        at time: Int64, _ imported: inout ImportedChain, from leaf: Span<UInt8>
    ) -> CapturedPath? {
        guard let anchors = unsafe cgnutls_anchors_at(list, time) else { return nil }
        defer { unsafe gnutls_x509_trust_list_deinit(anchors, 1) }
        let then = unsafe GnuTLSValidation(list: anchors, flags: flags)
        do throws(Refusal) {
            var path = try unsafe then.attempt(&imported, from: leaf, looksAtTimes: false)
            if !path.isValid(at: time) {
                let shorter = try unsafe then.timelessPath(of: path.dropping(2), from: leaf)
                guard shorter.count == path.count - 1 else { return nil }
                path = shorter
            }
            // What is revoked or distrusted stands in the list itself.
            _ = try unsafe timelessPath(of: path.dropping(1), from: leaf)
            guard path.isValid(at: time) else { return nil }
            return path
        } catch {
            return nil
        }
    }

    private func timelessPath(of sent: CertificateStorage, from leaf: Span<UInt8>) throws(Refusal) -> CapturedPath {
        var imported = try sent.withCertificates { sent throws(Refusal) in try ImportedChain(sent) }
        defer { imported.free() }
        return try unsafe attempt(&imported, from: leaf, looksAtTimes: false)
    }

    /// The path that GnuTLS takes. Throws ``Reason/untrustedChain`` for none, and ``Reason/noValidatedPath`` where the
    /// steps that it reports do not give it.
    private func attempt(
        _ chain: inout ImportedChain, from leaf: Span<UInt8>, looksAtTimes: Bool
    ) throws(Refusal) -> CapturedPath {
        var steps = PathCapture()
        let status = steps.run { unsafe chain.status(by: list, flags: flags, looksAtTimes: looksAtTimes) }
        guard status == 0 else {
            throw unsafe Refusal(.untrustedChain, at: chain.depth(of: steps.failed), finding: status)
        }
        guard let path = CapturedPath(steps, from: leaf, looksAtTimes: looksAtTimes) else { throw .noValidatedPath }
        return path
    }
}
