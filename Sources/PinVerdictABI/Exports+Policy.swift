// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdictCore
import PolicyStore

@c @implementation
public func pinverdict_policy_parse(
    _ text: UnsafePointer<CChar>!, _ size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { error throws(CallFailure) in
        let out = try unsafe required(out, .out)
        let text = try unsafe required(text, .text)
        let size = try required(size: size, .size)
        unsafe out.pointee = try parse(Span(text, count: size), error).pointer
    }
}

@c @implementation
public func pinverdict_policy_load(
    _ path: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { error throws(CallFailure) in
        let out = try unsafe required(out, .out)
        let path = try unsafe required(path, .path)
        let contents = try unsafe FileContents.of(path, limit: PolicyCounts.maximumTextSize, error)
        defer { unsafe contents.deallocate() }
        unsafe out.pointee = try unsafe parse(contents.span, error).pointer
    }
}

@c @implementation
public func pinverdict_policy_parse_signed(
    _ config: OpaquePointer!, _ text: UnsafePointer<CChar>!, _ size: Int, _ signature: UnsafePointer<CChar>!,
    _ signature_size: Int, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    return unsafe answer(error) { error throws(CallFailure) in
        let out = try unsafe required(out, .out)
        let config = try unsafe ConfigBox.required(config)
        let text = try unsafe required(text, .text)
        let size = try required(size: size, .size)
        let signatureSize = try required(size: signature_size, .signature)
        guard unsafe signature != nil || signatureSize == 0 else { throw .null(.signature) }
        // Without a signature of its own the text begins with one.
        var alone: Span<UInt8>?
        if let signature = unsafe signature { alone = unsafe Span(signature, count: signatureSize) }
        let configuration = unsafe config.pointee.checker
        unsafe out.pointee = try configuration.parseSigned(Span(text, count: size), alone, error).pointer
    }
}

@c @implementation
public func pinverdict_policy_free(_ policy: OpaquePointer!) {
    if let policy = unsafe policy { unsafe SharedPolicy(policy).release() }
}
