// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore

/// The system's clock, or the caller's.
@safe
struct SettableClock: CheckClock {
    private var function: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)?
    private var argument: UnsafeMutableRawPointer?

    init() {
        unsafe function = nil
        unsafe argument = nil
    }

    @unsafe
    init(_ function: (@convention(c) (UnsafeMutableRawPointer?) -> Int64)?, _ argument: UnsafeMutableRawPointer?) {
        unsafe self.function = function
        unsafe self.argument = argument
    }

    func now() -> Int64 {
        if let function = unsafe function { return unsafe function(argument) }
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
