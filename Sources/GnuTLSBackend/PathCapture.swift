// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CGnuTLS
import CPosix
import PinVerdictCore

/// The path that GnuTLS validates, put together from the steps it reports while it does: GnuTLS has no call
/// that gives it.
///
/// A verify output function is told of each step (certificate, issuer, status). It has no argument of ours, but
/// runs on the thread that asked for the validation, so that a thread-local finds the capture. GnuTLS makes up
/// to three passes; what comes before a step that failed belongs to a pass that was given up. A step whose
/// certificate is its own issuer is a shortcut through the trust list. The certificates are freed when the
/// validation is over, so each is encoded at once.
@safe
public struct PathCapture: ~Copyable {
    private var steps: InlineArray<64, Step>
    private var count = 0
    private var isIncomplete = false
    /// Of the last step that failed; to be compared, as it may be gone.
    private(set) var failed: gnutls_x509_crt_t?
    /// A way was given up.
    private(set) var hasFailed = false

    @unsafe
    private struct Step: BitwiseCopyable {
        var certificate = unsafe CapturedCertificate()
        var issuer = unsafe CapturedCertificate()
    }

    public init() {
        unsafe steps = InlineArray(repeating: Step())
        unsafe failed = nil
    }

    deinit { freeSteps() }

    private func freeSteps() {
        for index in 0..<count {
            unsafe cgnutls_free(steps[index].certificate.encoded.data)
            unsafe cgnutls_free(steps[index].issuer.encoded.data)
        }
    }

    /// Runs a validation with the steps of this thread going to this capture. The function to register is
    /// ``observe``.
    public mutating func run<Result>(_ validation: () -> Result) -> Result {
        unsafe withUnsafeMutablePointer(to: &self) { capture in
            let outer = unsafe cposix_thread_slot()
            unsafe cposix_set_thread_slot(capture)
            defer { unsafe cposix_set_thread_slot(outer) }
            return validation()
        }
    }

    /// A gnutls_verify_output_function.
    public static var observe:
        @convention(c) (
            gnutls_x509_crt_t?, gnutls_x509_crt_t?, gnutls_x509_crl_t?, UInt32
        ) -> Int32
    {
        { certificate, issuer, list, status in
            guard unsafe list == nil, let capture = unsafe cposix_thread_slot() else { return 0 }
            let pointer = unsafe capture.assumingMemoryBound(to: PathCapture.self)
            unsafe pointer.pointee.take(certificate, issuer, status)
            return 0
        }
    }

    private mutating func take(_ certificate: gnutls_x509_crt_t?, _ issuer: gnutls_x509_crt_t?, _ status: UInt32) {
        guard status == 0 else {
            hasFailed = true
            unsafe failed = certificate
            freeSteps()
            count = 0
            isIncomplete = false
            return
        }
        guard unsafe count < steps.count, let certificate = unsafe certificate else {
            isIncomplete = true
            return
        }
        var step = unsafe Step()
        guard unsafe step.certificate.copy(certificate) else {
            isIncomplete = true
            return
        }
        if let issuer = unsafe issuer, unsafe !step.issuer.copy(issuer) {
            unsafe cgnutls_free(step.certificate.encoded.data)
            isIncomplete = true
            return
        }
        unsafe steps[count] = step
        count += 1
    }

    /// The path from a leaf to the anchor; nil where the steps do not give one. It lies in the capture's memory.
    func path(from leaf: Span<UInt8>) -> CapturedCertificates? {
        guard !isIncomplete, let first = find(leaf) else { return nil }
        var path = CapturedCertificates()
        guard unsafe path.append(steps[first].certificate) else { return nil }
        var current = first
        // The bound stops at steps that lead in a circle: such a path is too long, and refused.
        for _ in 0...count {
            let issuer = unsafe steps[current].issuer
            if unsafe issuer.encoded.data == nil || isEqual(span(of: issuer), span(of: steps[current].certificate)) {
                return path
            }
            guard unsafe path.append(issuer) else { return nil }
            guard let next = find(unsafe span(of: issuer)) else { return path }
            current = next
        }
        return nil
    }

    private func find(_ encoded: Span<UInt8>) -> Int? {
        for index in 0..<count where unsafe isEqual(span(of: steps[index].certificate), encoded) { return index }
        return nil
    }

    @unsafe
    @_lifetime(borrow self)
    private func span(of certificate: CapturedCertificate) -> Span<UInt8> {
        unsafe _overrideLifetime(Span(certificate.encoded), borrowing: self)
    }
}
