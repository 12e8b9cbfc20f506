import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdict
import PolicyStore

@c @implementation
public func pinverdict_checker_create(
    _ policy: OpaquePointer!, _ config: OpaquePointer!, _ out: UnsafeMutablePointer<OpaquePointer?>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe out?.pointee = nil
    guard let error = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    guard let out = unsafe out else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "out is NULL") }
    guard let policy = unsafe policy else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "policy is NULL") }
    let shared = unsafe SharedPolicy(policy)
    let config = unsafe configState(config)
    let settings = unsafe config?.pointee.settings ?? Settings()
    if let missing = settings.missing(for: shared) {
        return unsafe error.fail(PINVERDICT_SETTING_REQUIRED, missing)
    }
    let anchors: BuiltInBackend.Anchors
    let file = unsafe config?.pointee.trustFile
    if let file = unsafe file, unsafe !cposix_is_file(file) {
        return unsafe error.fail(PINVERDICT_FILE_ERROR, "the trust file is missing, or not a regular file")
    }
    do throws(TrustStoreFailure) {
        anchors = try unsafe settings.backend.loadAnchors(file: file)
    } catch let failure {
        guard failure == .unreadable else { return unsafe error.outOfMemory() }
        return unsafe error.fail(
            PINVERDICT_FILE_ERROR,
            unsafe file == nil
                ? "the system's trust store cannot be read, or has no certificate in PEM form"
                : "the trust file cannot be read, or has no certificate in PEM form")
    }
    guard let memory = unsafe malloc(MemoryLayout<CheckerState>.size) else {
        anchors.free()
        return unsafe error.outOfMemory()
    }
    do throws(PolicyCell.Failure) {
        let state = try CheckerState(shared, settings, anchors)
        let checker = unsafe memory.bindMemory(to: CheckerState.self, capacity: 1)
        unsafe checker.initialize(to: state)
        unsafe out.pointee = OpaquePointer(checker)
        return unsafe error.succeed()
    } catch {
        unsafe free(memory)
    }
    return unsafe error.outOfMemory()
}

@c @implementation
public func pinverdict_checker_set_policy(
    _ checker: OpaquePointer!, _ policy: OpaquePointer!, _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    guard let error = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    guard let state = unsafe checkerState(checker) else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "checker is NULL, or of another flavour of the library")
    }
    guard let policy = unsafe policy else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "policy is NULL") }
    let shared = unsafe SharedPolicy(policy)
    if let missing = unsafe state.pointee.settings.missing(for: shared) {
        return unsafe error.fail(PINVERDICT_SETTING_REQUIRED, missing)
    }
    let environment = unsafe state.pointee.settings.environmentNumber(in: shared)
    do throws(PolicyCell.Failure) {
        try unsafe state.pointee.cell.set(shared, environment: environment)
        return unsafe error.succeed()
    } catch let failure {
        guard failure == .outdated else { return unsafe error.outOfMemory() }
        return unsafe error.fail(
            PINVERDICT_OUTDATED_POLICY,
            "the policy's serial is lower than that of the policy in force, or the same with other bytes; raise it")
    }
}

@c @implementation
public func pinverdict_checker_free(_ checker: OpaquePointer!) {
    unsafe checkerState(checker)?.release()
}

@c @implementation
public func pinverdict_check_validated(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
) -> pinverdict_decision {
    guard let output = unsafe VerdictOutput(verdict) else { return PINVERDICT_REFUSE }
    do throws(CertificateArray.Invalid) {
        let arguments = try unsafe CheckArguments(checker, host, chain, count)
        return unsafe arguments.state.pointee.check(
            host: arguments.host, ValidatedChain(validated: arguments.certificates), output)
    } catch {
        return unsafe output.refuse(error == .empty ? .emptyChain : .invalidArgument)
    }
}

@c @implementation
public func pinverdict_check_presented(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
) -> pinverdict_decision {
    guard let output = unsafe VerdictOutput(verdict) else { return PINVERDICT_REFUSE }
    do throws(CertificateArray.Invalid) {
        let arguments = try unsafe CheckArguments(checker, host, chain, count)
        return unsafe arguments.state.pointee.check(
            host: arguments.host,
            PresentedPath(PresentedChain(presented: arguments.certificates), arguments.state.pointee.anchors), output)
    } catch {
        return unsafe output.refuse(error == .empty ? .emptyChain : .invalidArgument)
    }
}

/// What both checks take, looked at.
@unsafe
private struct CheckArguments: ~Escapable {
    let state: UnsafeMutablePointer<CheckerState>
    let host: Span<UInt8>
    let certificates: CertificateArray

    @inline(__always)
    @_lifetime(immortal)
    init(
        _ checker: OpaquePointer?, _ host: UnsafePointer<CChar>?, _ chain: UnsafePointer<pinverdict_bytes>?,
        _ count: Int
    ) throws(CertificateArray.Invalid) {
        guard let state = unsafe checkerState(checker), let host = unsafe host else { throw .argument }
        unsafe self.state = state
        unsafe certificates = try CertificateArray(chain, count)
        unsafe self.host = _overrideLifetime(span(of: host, limit: Limits.hostSpelling), copying: ())
    }
}

/// Nil for NULL, and for a checker that another flavour of the library made in this process.
@unsafe
func checkerState(_ checker: OpaquePointer?) -> UnsafeMutablePointer<CheckerState>? {
    guard let state = unsafe UnsafeMutablePointer<CheckerState>(checker) else { return nil }
    return unsafe state.pointee.flavour == BuiltInBackend.names ? state : nil
}
