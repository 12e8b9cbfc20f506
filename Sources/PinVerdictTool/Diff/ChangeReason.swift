// SPDX-License-Identifier: Apache-2.0

/// One way in which a policy asks more or less of a host's connections than another one.
struct ChangeReason: Hashable {
    enum Direction: String {
        /// Connections may pass that did not.
        case looser
        case stricter
    }

    let direction: Direction
    let words: String

    static func looser(_ words: String) -> ChangeReason { ChangeReason(direction: .looser, words: words) }
    static func stricter(_ words: String) -> ChangeReason { ChangeReason(direction: .stricter, words: words) }

    /// Of something that lets more connections through the more there is of it.
    static func ofGrowth(_ old: Int, _ new: Int, _ what: String) -> [ChangeReason] {
        if old == new { return [] }
        return [new > old ? .looser("\(what) rises") : .stricter("\(what) falls")]
    }
}
