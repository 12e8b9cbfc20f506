// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A key that was seen on paths to a host, at one depth.
struct ObservedKey {
    let depth: Int
    let pin: Digest
    let subject: String
    let algorithm: String
    private(set) var seen = Sightings()
    /// Of those, at the end of a path.
    private(set) var last = Sightings()

    init(_ depth: Int, _ pin: Digest, _ summary: CertificateSummary) {
        self.depth = depth
        self.pin = pin
        subject = String(summary.subjectText.prefix(200)).printable
        algorithm = summary.algorithm
    }

    mutating func add(_ event: ObservedEvent, isLast: Bool) {
        seen.add(event)
        if isLast { last.add(event) }
    }

    /// Such as "CN=Root, RSA, at depth 2".
    var words: String { "\(subject), \(algorithm), \(depth == 0 ? "the leaf" : "at depth \(depth)")" }
}
