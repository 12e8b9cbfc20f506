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
    guard let error = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    guard let out = unsafe out else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "out is NULL") }
    guard let text = unsafe text else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "text is NULL") }
    guard size >= 0 else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "size is larger than memory") }
    guard size <= PolicyCounts.maximumTextSize else {
        return unsafe error.fail(PINVERDICT_INVALID_POLICY, "the policy is larger than 256 MiB")
    }
    let bytes = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    return unsafe parse(Span(_unsafeStart: bytes, count: size), out, error)
}

@c @implementation
public func pinverdict_policy_load(
    _ path: UnsafePointer<CChar>!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    guard let error = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    guard let out = unsafe out else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "out is NULL") }
    guard let path = unsafe path else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "path is NULL") }
    do throws(FileFailure) {
        return try unsafe withFileContents(path, limit: PolicyCounts.maximumTextSize) { text in
            unsafe parse(text, out, error)
        }
    } catch let failure {
        switch failure {
        case .outOfMemory:
            return unsafe error.outOfMemory()
        case .unreadable(let what, let number):
            return unsafe error.write(PINVERDICT_FILE_ERROR, 0, fileMessage(path, what, number))
        }
    }
}

@c @implementation
public func pinverdict_policy_free(_ policy: OpaquePointer!) {
    if let policy = unsafe policy { unsafe SharedPolicy(policy).release() }
}

@unsafe
private func parse(
    _ text: Span<UInt8>, _ out: UnsafeMutablePointer<OpaquePointer?>, _ error: ErrorOutput
) -> pinverdict_status {
    guard let digest = BuiltInBackend.automatic.sha256(text) else {
        return unsafe error.fail(PINVERDICT_BACKEND_FAILURE, "the TLS library could not compute SHA-256")
    }
    var sink = FirstPolicyProblem()
    do throws(SharedPolicy.Failure) {
        unsafe out.pointee = try SharedPolicy.parse(text, textDigest: digest, &sink).pointer
        return unsafe error.succeed()
    } catch let failure {
        guard failure == .invalid, let problem = sink.problem else { return unsafe error.outOfMemory() }
        return unsafe error.write(PINVERDICT_INVALID_POLICY, problem.line, problem.message.text)
    }
}

/// Such as: cannot open "/etc/pins.conf": No such file or directory
@unsafe
private func fileMessage(_ path: UnsafePointer<CChar>, _ what: StaticString, _ number: Int32) -> ASCIIText<255> {
    var message = ASCIIText<255>()
    message.append(what)
    message.append(" ")
    message.append(quoting: unsafe span(of: path, limit: 4096), limit: 128)
    if number != 0 {
        message.append(": ")
        var text = InlineArray<128, UInt8>(repeating: 0)
        unsafe withUnsafeMutableBytes(of: &text) { unsafe cposix_error_text(number, $0.baseAddress, $0.count) }
        for index in text.indices where text[index] != 0 { message.append(text[index]) }
    }
    return message
}

/// The bytes of a C string before its NUL; of one with more than `limit` as many and one, so that it is too long.
@unsafe
@_lifetime(borrow text)
func span(of text: UnsafePointer<CChar>, limit: Int) -> Span<UInt8> {
    let bytes = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    let span = unsafe Span(_unsafeStart: bytes, count: strnlen(text, limit + 1))
    return unsafe _overrideLifetime(span, borrowing: text)
}
