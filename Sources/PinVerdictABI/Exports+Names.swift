// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PinVerdictCore

@c @implementation
public func pinverdict_version() -> UnsafePointer<CChar>! {
    unsafe cString("0.1.0")
}

@c @implementation
public func pinverdict_reason_name(_ reason: pinverdict_reason) -> UnsafePointer<CChar>! {
    guard let value = Int32(exactly: reason.rawValue), let reason = Reason(rawValue: value) else {
        return unsafe cString("unknown")
    }
    return unsafe cString(reason.name)
}

@c @implementation
public func pinverdict_status_name(_ status: pinverdict_status) -> UnsafePointer<CChar>! {
    let name: StaticString =
        switch status {
        case PINVERDICT_OK: "ok"
        case PINVERDICT_INVALID_ARGUMENT: "invalid-argument"
        case PINVERDICT_OUT_OF_MEMORY: "out-of-memory"
        case PINVERDICT_FILE_ERROR: "file-error"
        case PINVERDICT_INVALID_POLICY: "invalid-policy"
        case PINVERDICT_MALFORMED_CERTIFICATE: "malformed-certificate"
        case PINVERDICT_UNSUPPORTED_KEY: "unsupported-key"
        case PINVERDICT_OUTDATED_POLICY: "outdated-policy"
        case PINVERDICT_SETTING_REQUIRED: "setting-required"
        case PINVERDICT_BACKEND_UNAVAILABLE: "backend-unavailable"
        case PINVERDICT_BACKEND_FAILURE: "backend-failure"
        case PINVERDICT_BAD_SIGNATURE: "bad-signature"
        case PINVERDICT_UNKNOWN_KEY: "unknown-key"
        case PINVERDICT_STALE_POLICY: "stale-policy"
        case PINVERDICT_UNSIGNED_POLICY: "unsigned-policy"
        default: "unknown"
        }
    return unsafe cString(name)
}

/// A literal's bytes, which a NUL follows.
@unsafe
private func cString(_ text: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}
