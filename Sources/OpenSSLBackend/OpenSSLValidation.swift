// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import COpenSSL
import PinVerdictCore

/// OpenSSL's verifier, set up for a TLS server of a given name.
@unsafe
struct OpenSSLValidation {
    /// Where the verifier starts from: an application's own parameters and security level, or none and 112 bits.
    @unsafe
    struct Settings {
        var parameters: OpaquePointer?
        var securityLevel: Int32 = 2
    }

    private var findings = ValidationFindings()

    /// Validates a leaf with what was sent beside it; nil for a path with more certificates than are taken. One that is
    /// not known is left in `new`, with what was sent if that `isPresented`. In the library once, as it is not generic.
    @inline(never)
    static func path(
        from leaf: OpaquePointer, _ sent: OpaquePointer?, isPresented: Bool = false, _ store: OpaquePointer?,
        settings: Settings, known: OpenSSLKnownPath?, _ new: inout OpenSSLKnownPath?, to host: borrowing HostName,
        at time: Int64
    ) throws(Refusal) -> OpenSSLKnownPath? {
        if let known, unsafe known.isFound(from: leaf, sent, store, settings, to: host, at: time) { return known }
        guard let context = unsafe X509_STORE_CTX_new() else { throw .backendFailure }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard unsafe X509_STORE_CTX_init(context, store, leaf, sent) == 1, unsafe configure(context, settings, time)
        else { throw .backendFailure }
        var validation = unsafe OpenSSLValidation()
        if unsafe !names(leaf, host) {
            unsafe validation.findings.add(Refusal(error: X509_V_ERR_HOSTNAME_MISMATCH, at: 0))
        }
        try unsafe validation.run(context)
        let path = unsafe X509_STORE_CTX_get0_chain(context)
        guard let path = unsafe path, unsafe copenssl_stack_count(path) <= Limits.certificates else { return nil }
        new = try unsafe OpenSSLKnownPath(path, presented: isPresented ? sent : nil, isSigned: true)
        return new
    }

    /// The host is not OpenSSL's to check, which would look for it in the certificate of a CRL's issuer too.
    static func configure(_ context: OpaquePointer, _ settings: Settings, _ time: Int64) -> Bool {
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        if let theirs = unsafe settings.parameters {
            guard unsafe X509_VERIFY_PARAM_set1(parameters, theirs) == 1 else { return false }
        } else {
            unsafe X509_VERIFY_PARAM_set_depth(parameters, Int32(Limits.certificates - 2))  // of intermediates
        }
        unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(min(max(time, yearZero), lastSecond)))
        unsafe X509_VERIFY_PARAM_set_auth_level(
            parameters, max(settings.securityLevel, X509_VERIFY_PARAM_get_auth_level(parameters)))
        unsafe X509_VERIFY_PARAM_set_hostflags(parameters, hostFlags)
        return unsafe X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1
            && X509_STORE_CTX_set_trust(context, X509_TRUST_SSL_SERVER) == 1
    }

    /// Validates, going on after an expired certificate or a wrong host, so that the reason which matters most is
    /// found in whatever order OpenSSL looks.
    private mutating func run(_ context: OpaquePointer) throws(Refusal) {
        let isValid = unsafe withUnsafeMutablePointer(to: &self) { validation in
            guard unsafe X509_STORE_CTX_set_ex_data(context, 0, validation) == 1 else { return false }
            unsafe X509_STORE_CTX_set_verify_cb(context) { isFine, context in
                // 2 tells of certificate policies, X509_V_FLAG_NOTIFY_POLICY.
                guard isFine == 0 else { return 1 }
                guard let context = unsafe context, let validation = unsafe OpenSSLValidation.of(context) else {
                    return 0
                }
                return unsafe validation.pointee.goesOn(
                    after: Refusal(
                        error: X509_STORE_CTX_get_error(context), at: X509_STORE_CTX_get_error_depth(context))) ? 1 : 0
            }
            return unsafe X509_verify_cert(context) == 1
        }
        if unsafe X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM { throw .backendFailure }
        try unsafe findings.requireNone()
        guard isValid else { throw .untrustedChain }
    }

    /// The one that a context belongs to.
    private static func of(_ context: OpaquePointer) -> UnsafeMutablePointer<OpenSSLValidation>? {
        unsafe X509_STORE_CTX_get_ex_data(context, 0)?.assumingMemoryBound(to: OpenSSLValidation.self)
    }

    private mutating func goesOn(after refusal: Refusal) -> Bool {
        unsafe findings.add(refusal)
        return !(refusal == .untrustedChain)
    }

    /// Whether a certificate's subjectAltNames contain a host.
    static func names(_ leaf: OpaquePointer, _ host: borrowing HostName) -> Bool {
        let isAddress = host.isAddress
        let length = host.count
        return unsafe host.withCString { name in
            unsafe isAddress
                ? X509_check_ip_asc(leaf, name, 0) == 1 : X509_check_host(leaf, name, length, hostFlags, nil) == 1
        }
    }

    /// The first second of the year 0, and the last one of the year 9999: with a time beyond OpenSSL would find fault
    /// with the dates in the certificates. To it a certificate has expired in its last second.
    private static var yearZero: Int64 { -62_167_219_200 }
    private static var lastSecond: Int64 { 253_402_300_799 }

    /// The common name does not count, and a wildcard stands for a whole label.
    private static var hostFlags: UInt32 {
        UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
    }
}
