// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PolicyStore

@c @implementation
@_optimize(size)
public func pinverdict_source_create(
    _ config: OpaquePointer!, _ path: UnsafePointer<CChar>!, _ signature_path: UnsafePointer<CChar>!,
    _ state_path: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { _ throws(CallFailure) in
        let out = try unsafe required(out, .out)
        let path = try unsafe required(path, .path)
        // NULL stands for the defaults.
        let config = unsafe config == nil ? nil : try unsafe ConfigBox.required(config)
        let configuration = unsafe config?.pointee.checker ?? CheckerConfiguration()
        unsafe out.pointee = OpaquePointer(
            try UnsafeMutablePointer.box(
                SourceBox(configuration, path: path, signature: signature_path, state: state_path)))
    }
}

@c @implementation
@_optimize(size)
public func pinverdict_source_load(
    _ source: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { error throws(CallFailure) in
        let source = try unsafe SourceBox.required(source)
        let out = try unsafe required(out, .out)
        unsafe out.pointee = try source.pointee.load(error).pointer
    }
}

@c @implementation
@_optimize(size)
public func pinverdict_source_refresh(
    _ source: OpaquePointer!, _ checker: OpaquePointer!, _ changed: UnsafeMutablePointer<Bool>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe changed?.pointee = false
    return unsafe answer(error) { error throws(CallFailure) in
        let source = try unsafe SourceBox.required(source)
        let checker = try unsafe CheckerBox.required(checker)
        let isChanged = try unsafe source.pointee.refresh(checker, error)
        unsafe changed?.pointee = isChanged
    }
}

@c @implementation
public func pinverdict_source_free(_ source: OpaquePointer!) {
    unsafe (try? SourceBox.required(source))?.freeBox()
}
