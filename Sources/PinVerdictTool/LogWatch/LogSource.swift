// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What is asked of a log, by one of its interfaces.
protocol LogSource {
    init(_ client: LogClient)

    /// The newest, whose signature is good.
    func head() throws(LogFailure) -> TreeHead

    /// Some entries from an index on, at least one, of a tree of this size.
    func entries(from start: UInt64, in size: UInt64) throws(LogFailure) -> [LogEntry]

    /// The way from a leaf to the root, and its hash.
    func path(of index: UInt64, in size: UInt64) throws(LogFailure) -> AuditPath

    /// The certificates above an entry's, as far as the log has them.
    func issuers(_ issuers: LogEntry.Issuers) throws(LogFailure) -> (certificates: [[UInt8]], isWhole: Bool)
}

extension LogSource {
    /// What is said of a tree head that cannot be read.
    static var unsigned: String { "no tree head that the log's key has signed" }
}
