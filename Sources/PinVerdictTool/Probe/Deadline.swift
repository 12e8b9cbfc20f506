// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The end of the time that a server is given.
struct Deadline {
    /// What it is given from the start, for messages.
    let seconds: Double
    /// By the clock that nobody sets.
    private let end: Int64

    static let maximum = 3600.0

    init(after seconds: Double) {
        self.init(seconds: seconds, end: Deadline.now + Int64(min(seconds, Deadline.maximum) * 1e9))
    }

    private init(seconds: Double, end: Int64) {
        self.seconds = seconds
        self.end = end
    }

    private static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private var left: Int64 { max(0, end - Deadline.now) }

    var isOver: Bool { left == 0 }

    /// For poll(2), rounded up.
    var milliseconds: Int32 { Int32((left + 999_999) / 1_000_000) }

    /// The first of `count` equal parts of what is left.
    func part(of count: Int) -> Deadline {
        guard count > 1 else { return self }
        let part = left / Int64(count)
        return Deadline(seconds: Double(part / 100_000_000) / 10, end: end - left + part)
    }

    var time: timespec { timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000)) }

    /// Such as "10 s" or "0.5 s".
    var text: String {
        let whole = Int(seconds)
        return "\(Double(whole) == seconds ? "\(whole)" : "\(seconds)") s"
    }
}
