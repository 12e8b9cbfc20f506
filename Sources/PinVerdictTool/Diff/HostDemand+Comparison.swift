// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension HostDemand {
    /// In what this demand is looser or stricter than an earlier one, `[policy]`'s rejected keys aside.
    func reasons(since old: HostDemand) -> [ChangeReason] {
        var reasons: [ChangeReason] = []
        let (before, after) = (old.enforcedPercent ?? -1, enforcedPercent ?? -1)
        if before != after {
            let words = "what fails is \(outcome), and was \(old.outcome)"
            reasons.append(after < before ? .looser(words) : .stricter(words))
        }
        // Where nothing is looked at there is nothing to compare.
        guard old.enforcedPercent != nil, enforcedPercent != nil else { return reasons }
        guard old.isClosed == isClosed else {
            return reasons + [
                isClosed
                    ? .stricter("it has no rule, and such hosts are refused")
                    : .looser("it has a rule, and was refused without one")
            ]
        }
        return reasons + pinReasons(since: old) + expiryReasons(since: old)
            + sctReasons(since: old)
    }

    private func sctReasons(since old: HostDemand) -> [ChangeReason] {
        if old.requiredSCTs == requiredSCTs { return [] }
        return [requiredSCTs < old.requiredSCTs ? .looser("require-scts falls") : .stricter("require-scts rises")]
    }

    private var outcome: String {
        switch enforcedPercent {
        case nil: "let through"
        case 0: "reported"
        case 100: "refused"
        case let percent?: "refused in \(percent) of 100 installations"
        }
    }

    /// Lists are compared by their names, and where each has one that the other lacks, these two.
    private func pinReasons(since old: HostDemand) -> [ChangeReason] {
        var pairs: [(old: List?, new: List?)] = []
        var gone: [List] = []
        var come: [List] = []
        for list in PinList.all {
            switch (old.lists[list], lists[list]) {
            case (let before?, let after?): pairs.append((before, after))
            case (let before?, nil): gone.append(before)
            case (nil, let after?): come.append(after)
            case (nil, nil): continue
            }
        }
        for index in 0..<max(gone.count, come.count) {
            pairs.append((index < gone.count ? gone[index] : nil, index < come.count ? come[index] : nil))
        }
        return pairs.flatMap { pair -> [ChangeReason] in
            guard let new = pair.new else { return [.looser("a list of pins is gone")] }
            guard let old = pair.old else { return [.stricter("a list of pins has come, which must match too")] }
            return new.reasons(since: old)
        }
    }

    private func expiryReasons(since old: HostDemand) -> [ChangeReason] {
        // From their end on pins let everything through, or nothing; without an end they do neither.
        switch (old.lastDay, lastDay) {
        case (nil, nil): return []
        case (nil, _?):
            return [
                refusesOnExpiry ? .stricter("pins expire, and refuse then") : .looser("pins expire, and allow then")
            ]
        case (_?, nil):
            return [
                old.refusesOnExpiry
                    ? .looser("pins do not expire any more, and refused then")
                    : .stricter("pins do not expire any more, and allowed then")
            ]
        case (let before?, let after?):
            guard old.refusesOnExpiry == refusesOnExpiry else {
                return [refusesOnExpiry ? .stricter("expired pins refuse") : .looser("expired pins allow")]
            }
            guard before != after else { return [] }
            let words =
                "pins expire \(after < before ? "earlier" : "later"), and \(refusesOnExpiry ? "refuse" : "allow") then"
            return [(after < before) == refusesOnExpiry ? .stricter(words) : .looser(words)]
        }
    }
}

extension HostDemand.List {
    fileprivate func reasons(since old: HostDemand.List) -> [ChangeReason] {
        var reasons: [ChangeReason] = []
        let (come, gone) = (pins.subtracting(old.pins).count, old.pins.subtracting(pins).count)
        if come > 0 { reasons.append(.looser("\(counted(come, "pin")) more")) }
        if gone > 0 { reasons.append(.stricter("\(counted(gone, "pin")) fewer")) }
        if old.place != place {
            let (widens, narrows) = (!old.place.contains(place), !place.contains(old.place))
            let words = "pins are looked for in \(place.words), and were in \(old.place.words)"
            if widens { reasons.append(.looser(words)) }
            if narrows { reasons.append(.stricter(words)) }
        }
        return reasons + ChangeReason.ofGrowth(old.depth, depth, "max-depth")
    }
}

extension HostDemand.Place {
    /// Whether every certificate of the other place is of this one, too.
    fileprivate func contains(_ other: HostDemand.Place) -> Bool {
        self == other || self == .any || self == .ca && other == .root
    }

    fileprivate var words: String {
        switch self {
        case .any: "any certificate"
        case .leaf: "the leaf"
        case .ca: "those behind the leaf"
        case .root: "the root"
        }
    }
}
