import CPinVerdict
import PinVerdict
import PolicyStore

@c @implementation
public func pinverdict_checker_pins(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ pins: UnsafeMutablePointer<pinverdict_pin>!,
    _ capacity: Int, _ count: UnsafeMutablePointer<Int>!, _ serial: UnsafeMutablePointer<UInt64>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe count?.pointee = 0
    unsafe serial?.pointee = 0
    guard let error = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    guard let state = unsafe checkerState(checker) else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "checker is NULL")
    }
    guard let host = unsafe host else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "host is NULL") }
    guard let count = unsafe count else { return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "count is NULL") }
    guard capacity >= 0 else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "capacity is larger than memory")
    }
    guard unsafe capacity == 0 || pins != nil else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "pins is NULL, and capacity is not 0")
    }
    guard let name = unsafe HostName(span(of: host, limit: Limits.hostSpelling)) else {
        return unsafe error.fail(PINVERDICT_INVALID_ARGUMENT, "host is neither a host name nor an IP address")
    }
    unsafe state.pointee.cell.withPolicy { shared, environment in
        var found = 0
        shared.policy.forEachDemandedPin(for: name, environment: environment) { digest, traits in
            if found < capacity { unsafe pins[found] = pinverdict_pin(digest, traits) }
            found += 1
        }
        unsafe count.pointee = found
        unsafe serial?.pointee = shared.settings.serial
    }
    return unsafe error.succeed()
}

extension pinverdict_pin {
    fileprivate init(_ digest: Digest, _ traits: PinTraits) {
        self.init()
        kind = pinverdict_pin_kind(UInt32(traits.kind.rawValue))
        list = pinverdict_pin_list(UInt32(traits.list.rawValue))
        backup = traits.isBackup
        unsafe digest.write(to: &self.digest)
    }
}
