// SPDX-License-Identifier: Apache-2.0

/// Looks for a rule's pins on a path.
struct PinSearch {
    /// The shallowest pin found; of several at one depth, the one that stands first in the policy.
    private(set) var match: PinMatch?
    /// How many of the rule's pins stand before the match. They are looked for by kind, not in this order.
    private var matchPlace = 0
    /// The classes of the rule's pins; of those that were found; and of those found that are no backups.
    private let present: PinMask
    private var found = PinMask()
    private var foundInUse = PinMask()

    /// Every list that is not empty has a pin on the path.
    var isMatched: Bool { !present.isEmpty && found.lists == present.lists }
    /// Some list has been matched by backup pins alone.
    var isBackup: Bool { foundInUse.lists != present.lists }

    @inline(__always)
    init<List: CertificateList, Backend: TLSBackend>(
        _ pins: PinTable, _ rule: Rule, _ path: inout CertificationPath<List>, _ backend: Backend
    ) throws(Refusal) {
        present = rule.pinMask
        var depth = 0
        repeat {
            // Every depth is looked at until each list has found a pin in use: a backup pin that matches first
            // does not make a rotation.
            let inReach = present.intersection(rule.reach(at: depth, of: path.count))
            for index in 0..<PinKind.count {
                guard let kind = PinKind(index: index) else { continue }
                let wanted = inReach.intersection(PinMask(kind))
                // No pin of a certificate that has none of this kind can match.
                guard !wanted.isEmpty, let digest = try path.digest(kind, at: depth, backend) else { continue }
                look(for: digest, kind, wanted, at: depth, pins, rule)
            }
            depth += 1
        } while depth < path.count && isBackup
    }

    @_optimize(speed)
    private mutating func look(
        for digest: Digest, _ kind: PinKind, _ wanted: PinMask, at depth: Int, _ pins: PinTable, _ rule: Rule
    ) {
        var place = 0
        pins.forEachPin(of: rule) { number, _ in
            let traits = pins.traits[number]
            if pins.digests[number] == digest, wanted.contains(traits) {
                found.insert(traits)
                if !traits.isBackup { foundInUse.insert(traits) }
                if match == nil || (match?.depth == depth && place < matchPlace) {
                    match = PinMatch(depth: depth, kind: kind, digest: digest)
                    matchPlace = place
                }
            }
            place += 1
        }
    }
}
