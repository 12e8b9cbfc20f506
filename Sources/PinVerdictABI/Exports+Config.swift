import CPinVerdict
import CPosix
import PinVerdict

@c @implementation
public func pinverdict_config_create(_ out: UnsafeMutablePointer<OpaquePointer?>!) -> pinverdict_status {
    guard let out = unsafe out else { return PINVERDICT_INVALID_ARGUMENT }
    unsafe out.pointee = nil
    guard let memory = unsafe malloc(MemoryLayout<ConfigState>.size) else { return PINVERDICT_OUT_OF_MEMORY }
    let config = unsafe memory.bindMemory(to: ConfigState.self, capacity: 1)
    unsafe config.initialize(to: ConfigState())
    unsafe out.pointee = OpaquePointer(config)
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_set_backend(
    _ config: OpaquePointer!, _ backend: pinverdict_backend
) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    do throws(BackendFailure) {
        unsafe config.pointee.settings.backend = try PinVerdictABI.backend(backend)
        return PINVERDICT_OK
    } catch {
        return error == .notBuiltIn ? PINVERDICT_BACKEND_UNAVAILABLE : PINVERDICT_INVALID_ARGUMENT
    }
}

@c @implementation
public func pinverdict_config_set_cross_check(_ config: OpaquePointer!, _ cross_check: Bool) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    unsafe config.pointee.settings.crossChecks = cross_check
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_set_environment(
    _ config: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    var environment = EnvironmentText()
    if let name = unsafe name {
        let text = unsafe span(of: name, limit: Limits.name)
        guard PolicyName.isValid(text) else { return PINVERDICT_INVALID_ARGUMENT }
        environment.append(text)
    }
    unsafe config.pointee.settings.environment = environment
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_set_install_id(
    _ config: OpaquePointer!, _ id: UnsafePointer<UInt8>!, _ size: Int
) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    var installID = InstallID()
    if let id = unsafe id {
        guard size >= 1, size <= Limits.installID else { return PINVERDICT_INVALID_ARGUMENT }
        installID.append(unsafe Span(_unsafeStart: id, count: size))
    } else {
        guard size == 0 else { return PINVERDICT_INVALID_ARGUMENT }
    }
    unsafe config.pointee.settings.installID = installID
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_set_clock(
    _ config: OpaquePointer!, _ now: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)!,
    _ argument: UnsafeMutableRawPointer!
) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    unsafe config.pointee.settings.clock = SettableClock(now, argument)
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_set_trust_file(
    _ config: OpaquePointer!, _ pem_path: UnsafePointer<CChar>!
) -> pinverdict_status {
    guard let config = unsafe configState(config) else { return PINVERDICT_INVALID_ARGUMENT }
    var copy: UnsafeMutablePointer<CChar>?
    if let path = unsafe pem_path {
        unsafe copy = strdup(path)
        guard unsafe copy != nil else { return PINVERDICT_OUT_OF_MEMORY }
    }
    unsafe free(config.pointee.trustFile)
    unsafe config.pointee.trustFile = copy
    return PINVERDICT_OK
}

@c @implementation
public func pinverdict_config_free(_ config: OpaquePointer!) {
    guard let config = unsafe configState(config) else { return }
    unsafe free(config.pointee.trustFile)
    unsafe free(config)
}

/// What a pinverdict_config points to.
@unsafe
struct ConfigState {
    var settings = Settings()
    /// A copy, or NULL for the system's store.
    var trustFile: UnsafeMutablePointer<CChar>?
}

@unsafe
func configState(_ config: OpaquePointer?) -> UnsafeMutablePointer<ConfigState>? {
    unsafe UnsafeMutablePointer(config)
}
