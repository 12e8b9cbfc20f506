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
    let settings = unsafe settings(config)?.pointee ?? Settings()
    if let missing = settings.missing(for: shared.policy) {
        return unsafe error.fail(PINVERDICT_SETTING_REQUIRED, missing)
    }
    guard let memory = unsafe malloc(MemoryLayout<CheckerState>.size) else { return unsafe error.outOfMemory() }
    do throws(PolicyCell.Failure) {
        let state = try CheckerState(shared, settings)
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
    guard let state = unsafe state(checker) else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "checker is NULL")
    }
    guard let policy = unsafe policy else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "policy is NULL") }
    let shared = unsafe SharedPolicy(policy)
    if let missing = unsafe state.pointee.settings.missing(for: shared.policy) {
        return unsafe error.fail(PINVERDICT_SETTING_REQUIRED, missing)
    }
    let environment = unsafe state.pointee.settings.environmentNumber(in: shared.policy)
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
    guard let state = unsafe state(checker) else { return }
    unsafe state.deinitialize(count: 1)
    unsafe free(state)
}

@c @implementation
public func pinverdict_check_validated(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ chain: UnsafePointer<pinverdict_bytes>!, _ count: Int,
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>!
) -> pinverdict_decision {
    guard let output = unsafe VerdictOutput(verdict) else { return PINVERDICT_REFUSE }
    guard let state = unsafe state(checker), let host = unsafe host else {
        return unsafe output.refuse(.invalidArgument)
    }
    do throws(CertificateArray.Invalid) {
        let certificates = try unsafe CertificateArray(chain, count)
        // Longer than any host name; a longer one is malformed.
        let name = unsafe span(of: host, limit: 512)
        return unsafe state.pointee.check(host: name, ValidatedChain(validated: certificates)) { verdict, policy in
            unsafe output.write(verdict, policy)
        }
    } catch {
        return unsafe output.refuse(error == .empty ? .emptyChain : .invalidArgument)
    }
}

@unsafe
private func state(_ checker: OpaquePointer?) -> UnsafeMutablePointer<CheckerState>? {
    unsafe UnsafeMutablePointer(checker)
}
