// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import CPinVerdict
import PinVerdictCore

@c @implementation
public func pinverdict_config_create(_ out: UnsafeMutablePointer<OpaquePointer?>!) -> pinverdict_status {
    unsafe out?.pointee = nil
    return answer { () throws(CallFailure) in
        let out = try unsafe required(out, .out)
        unsafe out.pointee = OpaquePointer(try UnsafeMutablePointer.box(ConfigBox()))
    }
}

@c @implementation
public func pinverdict_config_set_backend(
    _ config: OpaquePointer!, _ backend: pinverdict_backend
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.checker.backend = try required(backend: backend)
    }
}

@c @implementation
public func pinverdict_config_set_cross_check(_ config: OpaquePointer!, _ cross_check: Bool) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.checker.crossChecks = cross_check
    }
}

@c @implementation
public func pinverdict_config_set_environment(
    _ config: OpaquePointer!, _ name: UnsafePointer<CChar>!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        var environment = EnvironmentText()
        if let name = unsafe name {
            let text = unsafe Span(name, limit: Limits.name)
            guard PolicyName.isValid(text) else { throw .malformedEnvironment }
            environment.append(text)
        }
        unsafe config.pointee.checker.environment = environment
    }
}

@c @implementation
public func pinverdict_config_set_install_id(
    _ config: OpaquePointer!, _ id: UnsafePointer<UInt8>!, _ size: Int
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        guard unsafe size >= (id == nil ? 0 : 1), unsafe size <= (id == nil ? 0 : Limits.installID) else {
            throw .wrongInstallIDSize
        }
        var installID = InstallID()
        installID.append(unsafe Span(id, count: size))
        unsafe config.pointee.checker.installID = installID
    }
}

@c @implementation
public func pinverdict_config_set_clock(
    _ config: OpaquePointer!, _ now: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)!,
    _ argument: UnsafeMutableRawPointer!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.checker.clock = SettableClock(now, argument)
    }
}

@c @implementation
public func pinverdict_config_set_trust_file(
    _ config: OpaquePointer!, _ pem_path: UnsafePointer<CChar>!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        try unsafe config.pointee.setTrustFile(pem_path)
    }
}

@c @implementation
public func pinverdict_config_set_presented(_ config: OpaquePointer!, _ presented: Bool) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.validatesPresented = presented
    }
}

@c @implementation
public func pinverdict_config_add_policy_key(
    _ config: OpaquePointer!, _ text: UnsafePointer<CChar>!, _ size: Int
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        let text = try unsafe required(text, .text)
        let size = try required(size: size, .size)
        guard let key = try? unsafe SigningKey(Span(text, count: size)) else { throw .malformedKey }
        guard unsafe config.pointee.checker.keys.add(key) else { throw .tooManyKeys }
    }
}

@c @implementation
public func pinverdict_config_set_minimum_serial(_ config: OpaquePointer!, _ serial: UInt64) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.checker.minimumSerial = serial
    }
}

@c @implementation
public func pinverdict_config_free(_ config: OpaquePointer!) {
    unsafe (try? ConfigBox.required(config))?.freeBox()
}
