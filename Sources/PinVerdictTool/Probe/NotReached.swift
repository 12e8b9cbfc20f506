// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why there is no TLS connection to a server, and what to do, in one line.
struct NotReached: Error {
    let words: String

    init(_ words: String) { self.words = words }

    /// - Parameter what: Such as "has not finished the handshake".
    static func timedOut(_ what: String, _ deadline: Deadline) -> NotReached {
        NotReached("\(what) within \(deadline.text); --timeout gives it longer")
    }

    /// A call that the system has refused.
    static func system(_ what: String, _ error: Int32) -> NotReached {
        let advice =
            switch error {
            case ECONNREFUSED: "; nothing listens on this port"
            case EMFILE, ENFILE: "; a lower --parallel needs fewer"
            default: ""
            }
        return NotReached("\(what): \(systemMessage(error))\(advice)")
    }
}
