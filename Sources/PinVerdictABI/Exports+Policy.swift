// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdict
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
        let parsed: Result<SharedPolicy, CallFailure>
        do throws(FileFailure) {
            parsed = try unsafe withFileContents(path, limit: PolicyCounts.maximumTextSize) { text in
                Result { () throws(CallFailure) in try unsafe parse(text, error) }
            }
        } catch let failure {
            switch failure {
            case .outOfMemory: throw .outOfMemory
            case .unreadable(let what, let number):
                unsafe error.describe(.unreadablePolicy, fileMessage(path, what, number))
                throw .unreadablePolicy
            }
        }
        unsafe out.pointee = try parsed.get().pointer
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

/// Such as: cannot open "/etc/pins.conf": No such file or directory
@unsafe
func fileMessage(_ path: UnsafePointer<CChar>, _ what: StaticString, _ number: Int32) -> ASCIIText<255> {
    var message = ASCIIText<255>()
    message.append(what)
    message.append(" ")
    let shown = 128
    message.append(quoting: unsafe Span(path, limit: shown), limit: shown)
    if number != 0 {
        message.append(": ")
        var text = InlineArray<128, UInt8>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &text) { unsafe cposix_error_text(number, $0.baseAddress, $0.count) }
        for index in text.indices where text[index] != 0 { message.append(text[index]) }
    }
    return message
}
