import COpenSSL
import PinVerdict

/// Trust anchors in an X509_STORE. ``free()`` gives it back.
@safe
public struct OpenSSLTrustStore: TrustStore {
    private let store: OpaquePointer

    /// The anchors of a PEM file.
    @unsafe
    public init(file: UnsafePointer<CChar>) throws(TrustStoreFailure) {
        guard let store = unsafe X509_STORE_new() else { throw .outOfMemory }
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard unsafe X509_STORE_load_file(store, file) == 1 else {
            let isOutOfMemory = copenssl_is_out_of_memory()
            unsafe X509_STORE_free(store)
            throw isOutOfMemory ? .outOfMemory : .unreadable
        }
        unsafe self.init(store)
    }

    /// The system's anchors: the first bundle that there is of those that OpenSSL and the distributions keep,
    /// since OpenSSL would read its folder of certificates only while it validates. Without any, nothing is
    /// trusted. Environment variables change nothing.
    public init() throws(TrustStoreFailure) {
        let bundles: InlineArray<3, StaticString> = [
            "/etc/ssl/certs/ca-certificates.crt",  // Debian, Alpine, Arch
            "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, Red Hat
            "/etc/ssl/ca-bundle.pem",  // SUSE
        ]
        for index in bundles.indices {
            let path = unsafe UnsafeRawPointer(bundles[index].utf8Start).assumingMemoryBound(to: CChar.self)
            do throws(TrustStoreFailure) {
                unsafe try self.init(file: path)
                return
            } catch {
                if error == .outOfMemory { throw error }
            }
        }
        guard let store = unsafe X509_STORE_new() else { throw .outOfMemory }
        unsafe self.init(store)
    }

    private init(_ store: OpaquePointer) { unsafe self.store = store }

    public func free() { unsafe X509_STORE_free(store) }

    public func withPath<List: CertificateList, Result>(
        of presented: PresentedChain<List>, to host: borrowing HostName, at time: Int64,
        _ body: (ValidatedChain<OpenSSLPath>) -> Result
    ) throws(Reason) -> Result {
        ERR_set_mark()
        defer { ERR_pop_to_mark() }
        guard let chain = unsafe copenssl_stack_new() else { throw .backendFailure }
        defer { unsafe copenssl_stack_free(chain) }
        let certificates = presented.certificates
        for depth in 0..<certificates.count {
            guard let encoded = certificates.certificate(at: depth) else { throw .malformedCertificate }
            unsafe try Self.append(encoded, to: chain)
        }
        guard let context = unsafe X509_STORE_CTX_new() else { throw .backendFailure }
        defer { unsafe X509_STORE_CTX_free(context) }
        guard unsafe X509_STORE_CTX_init(context, store, copenssl_stack_at(chain, 0), chain) == 1,
            unsafe Self.configure(context, host, time)
        else { throw .backendFailure }
        try unsafe Self.validate(context)

        let path: OpenSSLPath
        do throws(OpenSSLPath.Failure) {
            path = try unsafe OpenSSLPath(X509_STORE_CTX_get0_chain(context))
        } catch {
            throw error == .tooLong ? .untrustedChain : .backendFailure
        }
        defer { path.free() }
        return body(ValidatedChain(validated: path))
    }

    @unsafe
    private static func append(_ encoded: Span<UInt8>, to chain: OpaquePointer) throws(Reason) {
        let parsed = unsafe encoded.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            let parsed = unsafe d2i_X509(nil, &position, bytes.count)
            return unsafe parsed
        }
        // What our reader takes and OpenSSL does not, such as a date that is none, cannot be validated.
        guard let parsed = unsafe parsed else { throw .untrustedChain }
        guard unsafe copenssl_stack_push(chain, parsed) else {
            unsafe X509_free(parsed)
            throw .backendFailure
        }
    }

    @unsafe
    private static func configure(_ context: OpaquePointer, _ host: borrowing HostName, _ time: Int64) -> Bool {
        let parameters = unsafe X509_STORE_CTX_get0_param(context)
        unsafe X509_VERIFY_PARAM_set_time(parameters, time_t(time))
        unsafe X509_VERIFY_PARAM_set_depth(parameters, 30)  // intermediates: 32 certificates in all
        unsafe X509_VERIFY_PARAM_set_auth_level(parameters, 2)  // 112 bits
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        var name = InlineArray<256, CChar>(repeating: 0)
        let isAddress = host.isAddress
        let length = host.text.count
        for index in 0..<length { name[index] = CChar(bitPattern: host.text[index]) }
        let isHostSet = unsafe withUnsafePointer(to: &name) { name in
            let text = unsafe UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)
            return unsafe isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, text) : X509_VERIFY_PARAM_set1_host(parameters, text, length)
        }
        return unsafe isHostSet == 1
            && X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1
            && X509_STORE_CTX_set_trust(context, X509_TRUST_SSL_SERVER) == 1
    }

    /// Validates, going on after an expired certificate or a wrong host, so that the reason which matters most is
    /// found in whatever order OpenSSL looks.
    @unsafe
    private static func validate(_ context: OpaquePointer) throws(Reason) {
        var findings = ValidationFindings()
        let isValid = unsafe withUnsafeMutablePointer(to: &findings) { findings in
            guard unsafe X509_STORE_CTX_set_ex_data(context, 0, findings) == 1 else { return false }
            unsafe X509_STORE_CTX_set_verify_cb(context) { isFine, context in
                guard isFine != 1 else { return 1 }
                guard let context = unsafe context, let data = unsafe X509_STORE_CTX_get_ex_data(context, 0) else {
                    return 0
                }
                let findings = unsafe data.assumingMemoryBound(to: ValidationFindings.self)
                switch unsafe X509_STORE_CTX_get_error(context) {
                case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                    unsafe findings.pointee.isHostMismatched = true
                    return 1
                case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
                    unsafe findings.pointee.isOutsideValidity = true
                    return 1
                default:
                    unsafe findings.pointee.isUntrusted = true
                    return 0
                }
            }
            return unsafe X509_verify_cert(context) == 1
        }
        if unsafe X509_STORE_CTX_get_error(context) == X509_V_ERR_OUT_OF_MEM { throw .backendFailure }
        try findings.requireNone()
        guard isValid else { throw .untrustedChain }
    }
}
