// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PinVerdictCore

@c @implementation
public func pinverdict_checker_pins(
    _ checker: OpaquePointer!, _ host: UnsafePointer<CChar>!, _ pins: UnsafeMutablePointer<pinverdict_pin>!,
    _ capacity: Int, _ count: UnsafeMutablePointer<Int>!, _ serial: UnsafeMutablePointer<UInt64>!,
    _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe count?.pointee = 0
    unsafe serial?.pointee = 0
    return unsafe answer(error) { _ throws(CallFailure) in
        let checker = try unsafe CheckerBox.required(checker)
        let host = try unsafe required(hostName: host)
        let count = try unsafe required(count, .count)
        let capacity = try required(size: capacity, .capacity)
        guard unsafe capacity == 0 || pins != nil else { throw .noRoomForPins }
        var found = 0
        let number = unsafe checker.pointee.forEachDemandedPin(for: host) { digest, traits in
            if found < capacity { unsafe pins[found] = pinverdict_pin(digest, traits) }
            found += 1
        }
        unsafe count.pointee = found
        unsafe serial?.pointee = number
    }
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
