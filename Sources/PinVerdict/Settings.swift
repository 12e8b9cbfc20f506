// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// A ``Configuration`` as the library has it.
@safe
final class Settings {
    let handle: OpaquePointer
    /// What the library calls; lives as long as the checkers that are made with these settings.
    let clock: Clock?

    init(_ configuration: Configuration) throws(PinVerdictError) {
        var config: OpaquePointer?
        let status = unsafe pinverdict_config_create(&config)
        guard status == PINVERDICT_OK, let config = unsafe config else { throw PinVerdictError(status) }
        unsafe handle = config
        clock = configuration.clock.map(Clock.init)
        try setTrustAnchors(configuration.trustAnchors)
        try set("this backend", unsafe pinverdict_config_set_backend(handle, configuration.backend.value))
        try set("cross-check", unsafe pinverdict_config_set_cross_check(handle, configuration.crossCheck))
        if let environment = try configuration.environment?.forC("the environment") {
            try set("this environment", unsafe pinverdict_config_set_environment(handle, environment))
        }
        if let id = configuration.installID {
            // Without octets it would take an id back.
            try set("this install id", unsafe pinverdict_config_set_install_id(handle, id.isEmpty ? [0] : id, id.count))
        }
        if let clock {
            let argument = unsafe Unmanaged.passUnretained(clock).toOpaque()
            try set("a clock", unsafe pinverdict_config_set_clock(handle, { unsafe Clock.now($0) }, argument))
        }
        for key in configuration.policyKeys {
            let status = unsafe Array(key.utf8).withCharacters {
                unsafe pinverdict_config_add_policy_key(handle, $0.baseAddress, $0.count)
            }
            try set("this policy key: malformed, weak, or the ninth", status)
        }
        try set("this serial", unsafe pinverdict_config_set_minimum_serial(handle, configuration.minimumSerial))
    }

    private func setTrustAnchors(_ anchors: Configuration.TrustAnchors) throws(PinVerdictError) {
        switch anchors {
        case .system: break
        case .file(let path):
            let path = try path.forC("the path of the trust file")
            try set("this trust file", unsafe pinverdict_config_set_trust_file(handle, path))
        case .none: try set("no trust anchors", unsafe pinverdict_config_set_presented(handle, false))
        }
    }

    private func set(_ what: String, _ status: pinverdict_status) throws(PinVerdictError) {
        if status == PINVERDICT_OK { return }
        let name = unsafe String(cString: pinverdict_status_name(status))
        throw PinVerdictError(status, "the library does not take \(what) (\(name))")
    }

    deinit { unsafe pinverdict_config_free(handle) }
}

/// A program's clock, for C to call.
final class Clock: Sendable {
    private let now: @Sendable () -> Int64

    init(_ now: @escaping @Sendable () -> Int64) { self.now = now }

    static func now(_ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let argument = unsafe argument else { return 0 }
        return unsafe Unmanaged<Clock>.fromOpaque(argument).takeUnretainedValue().now()
    }
}

extension Configuration.Backend {
    var value: pinverdict_backend {
        switch self {
        case .automatic: PINVERDICT_BACKEND_AUTO
        case .openSSL: PINVERDICT_BACKEND_OPENSSL
        case .gnuTLS: PINVERDICT_BACKEND_GNUTLS
        }
    }
}
