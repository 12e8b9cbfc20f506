// SPDX-License-Identifier: Apache-2.0

/// What a command prints of a server, and counts. The certificates are gone by then: ten thousand servers have many.
struct ProbeResult {
    enum Status: String {
        case allowed
        case refused
        case notReached = "not-reached"
    }

    let status: Status
    /// For people: in full, or in a line.
    let text: String
    /// Null where that is not asked for.
    let json: JSON
    let proposal: ProposedRule?
}
