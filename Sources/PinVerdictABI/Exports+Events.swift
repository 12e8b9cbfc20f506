// SPDX-License-Identifier: Apache-2.0

import CPinVerdict

@c @implementation
public func pinverdict_config_set_events(
    _ config: OpaquePointer!, _ kinds: UInt32, _ memory: Int, _ repeat_after: UInt32
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let config = try unsafe ConfigBox.required(config)
        unsafe config.pointee.checker.events = try EventSettings.required(kinds, memory, repeat_after)
    }
}

@c @implementation
public func pinverdict_checker_next_event(
    _ checker: OpaquePointer!, _ event: UnsafeMutablePointer<pinverdict_event>!, _ der: UnsafeMutablePointer<UInt8>!,
    _ capacity: Int
) -> Int32 {
    guard let event = unsafe event, unsafe event.hasAcceptedSize else { return -1 }
    unsafe event.clear()
    guard let checker = unsafe try? CheckerBox.required(checker), capacity >= 0, unsafe capacity == 0 || der != nil
    else { return -1 }
    let room = unsafe UnsafeMutableRawBufferPointer(start: der, count: der == nil ? 0 : capacity)
    return unsafe checker.pointee.takeEvent(event, room) ? 1 : 0
}
