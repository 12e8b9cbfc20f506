// SPDX-License-Identifier: Apache-2.0

/// What a policy asks otherwise than an earlier one, host by host.
struct PolicyChanges {
    private let changes: [HostChange]

    init(from old: PolicyFile, to new: PolicyFile) { changes = PolicyComparison.changes(from: old, to: new) }

    var loosens: Bool { changes.contains(where: \.isLooser) }

    func text(_ fileName: String) -> String {
        if changes.isEmpty { return "\(fileName): no host is pinned otherwise\n" }
        let counts = ["looser", "stricter", "both", "neither"].map { direction in
            "\(changes.count { $0.direction == direction }) \(direction)"
        }
        return changes.map { $0.text(fileName) }.joined()
            + "\(fileName): \(counted(changes.count, "change")): \(counts.joined(separator: ", "))\n"
    }

    var json: JSON { .array(changes.map(\.json)) }
}
