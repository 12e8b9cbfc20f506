// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// How far a log has been read.
struct LogProgress: Sendable, Equatable {
    /// All entries up to here, as hashes, under a root that the log has signed.
    var range = CompactRange()
    /// Of the newest tree head seen whose signature was good, in milliseconds since 1970.
    var newestHead: UInt64 = 0
    /// Of the newest one all of whose entries were read.
    var readHead: UInt64 = 0
    /// Findings in entries below this index may have been printed, though they are to be read again.
    var announced: UInt64 = 0

    init() {}

    /// A line of the state file, behind the log's id.
    var text: String {
        let numbers = [range.size, newestHead, readHead, announced].map { String($0) }
        return (numbers + range.hashes.map(\.base64)).joined(separator: " ")
    }

    init?(_ words: some Collection<Substring>) {
        let numbers = words.prefix(4).compactMap { UInt64($0) }
        let hashes = words.dropFirst(4).compactMap { Digest(base64: String($0)) }
        guard numbers.count == 4, hashes.count + 4 == words.count,
            let range = CompactRange(size: numbers[0], hashes: hashes)
        else { return nil }
        self.range = range
        newestHead = numbers[1]
        readHead = numbers[2]
        announced = numbers[3]
    }
}
