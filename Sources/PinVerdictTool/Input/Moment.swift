// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import PinVerdictCore

/// The value of `--now`: seconds since 1970-01-01 00:00:00 UTC, or a date, which begins at midnight UTC.
struct Moment: ExpressibleByArgument, CheckClock {
    let seconds: Int64

    init?(argument: String) {
        let bytes = Array(argument.utf8)
        if let days = PolicyDate.days(bytes.span) {
            seconds = Int64(days) * 86400
        } else if let seconds = Int64(argument) {
            self.seconds = seconds
        } else {
            return nil
        }
    }

    private init(seconds: Int64) { self.seconds = seconds }

    /// What the system's clock says.
    static var current: Moment { Moment(seconds: Int64(time(nil))) }

    /// Before every date: by it nothing has expired.
    static var beforeAll: Moment { Moment(seconds: .min) }

    func now() -> Int64 { seconds }
}
