// SPDX-License-Identifier: Apache-2.0

#if OpenSSL
    import CPinVerdict

    /// A checker of the library's, which may be used by many threads. It is never freed, as a command ends soon.
    @safe
    struct ProbeChecker: @unchecked Sendable {
        let pointer: OpaquePointer

        /// Allows what the TLS library allows.
        static func ofTrust(trustFile: String?) throws(Failure) -> ProbeChecker {
            try ProbeChecker(
                Array("[policy]\nserial = 1\nenforcement = off\n".utf8), environment: nil, installID: nil,
                trustFile: trustFile)
        }

        /// - Parameter trustFile: Is read, and its mistakes are told; the connections have anchors of their own.
        init(
            _ policy: [UInt8], environment: String?, installID: String?, trustFile: String? = nil
        ) throws(Failure) {
            let text = unsafe policy.withUnsafeBytes { bytes in
                var parsed: OpaquePointer?
                var error = ProbeChecker.noError
                let status = unsafe pinverdict_policy_parse(bytes.baseAddress, bytes.count, &parsed, &error)
                return unsafe (parsed, status == PINVERDICT_OK ? nil : ProbeChecker.text(error))
            }
            defer { unsafe pinverdict_policy_free(text.0) }
            if let message = unsafe text.1 { throw Failure(message) }
            var config: OpaquePointer?
            var isSet = unsafe pinverdict_config_create(&config) == PINVERDICT_OK
            defer { unsafe pinverdict_config_free(config) }
            isSet = unsafe isSet && pinverdict_config_set_backend(config, PINVERDICT_BACKEND_OPENSSL) == PINVERDICT_OK
            isSet = unsafe isSet && pinverdict_config_set_presented(config, trustFile != nil) == PINVERDICT_OK
            if let environment {
                isSet = unsafe isSet && pinverdict_config_set_environment(config, environment) == PINVERDICT_OK
            }
            if let installID {
                let bytes = Array(installID.utf8)
                isSet = unsafe isSet && pinverdict_config_set_install_id(config, bytes, bytes.count) == PINVERDICT_OK
            }
            if let trustFile {
                isSet = unsafe isSet && pinverdict_config_set_trust_file(config, trustFile) == PINVERDICT_OK
            }
            guard isSet else { throw Failure("the library does not take these settings") }
            var checker: OpaquePointer?
            var error = ProbeChecker.noError
            let status = unsafe pinverdict_checker_create(text.0, config, &checker, &error)
            guard status == PINVERDICT_OK, let checker = unsafe checker else {
                throw Failure(ProbeChecker.text(error))
            }
            unsafe pointer = checker
        }

        private static var noError: pinverdict_error {
            var error = pinverdict_error()
            error.struct_size = MemoryLayout<pinverdict_error>.size
            return error
        }

        private static func text(_ error: pinverdict_error) -> String { String(terminated: error.message) }
    }

    extension String {
        /// The text in an array of C's.
        init<Characters>(terminated characters: Characters) {
            self = unsafe withUnsafeBytes(of: characters) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
    }
#endif
