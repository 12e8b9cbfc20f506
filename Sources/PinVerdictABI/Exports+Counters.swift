// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PinVerdictCore
import PolicyStore

@c @implementation
public func pinverdict_checker_counts(
    _ checker: OpaquePointer!, _ counts: UnsafeMutablePointer<pinverdict_count>!, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>!, _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe list(checker, counts, capacity, count, error) { counters, list in
        counters.forEachOutcome { outcome, checks in unsafe list.add(pinverdict_count(outcome, checks)) }
    }
}

@c @implementation
public func pinverdict_checker_rule_counts(
    _ checker: OpaquePointer!, _ counts: UnsafeMutablePointer<pinverdict_rule_count>!, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>!, _ error: UnsafeMutablePointer<pinverdict_error>!
) -> pinverdict_status {
    unsafe list(checker, counts, capacity, count, error) { counters, list in
        counters.forEachRule { name, sums in unsafe list.add(pinverdict_rule_count(name, sums)) }
    }
}

@c @implementation
public func pinverdict_checker_totals(
    _ checker: OpaquePointer!, _ totals: UnsafeMutablePointer<pinverdict_totals>!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let checker = try unsafe CheckerBox.required(checker)
        guard let totals = unsafe totals, unsafe totals.hasAcceptedSize else { throw .malformed(.totals) }
        let (offers, queued, repeated, lost) = unsafe checker.pointee.withCounters { counters in
            (counters.offers, counters.events(.queued), counters.events(.repeated), counters.events(.lost))
        }
        unsafe totals.clear()
        unsafe totals.pointee.queued = queued
        unsafe totals.pointee.repeated = repeated
        unsafe totals.pointee.lost = lost
        unsafe totals.pointee.sets = offers.sets
        unsafe totals.pointee.outdated = offers.outdated
        unsafe totals.pointee.rejected = offers.rejected
    }
}

@c @implementation
public func pinverdict_checker_policy_info(
    _ checker: OpaquePointer!, _ info: UnsafeMutablePointer<pinverdict_policy_info>!
) -> pinverdict_status {
    answer { () throws(CallFailure) in
        let checker = try unsafe CheckerBox.required(checker)
        guard let info = unsafe info, unsafe info.hasAcceptedSize else { throw .malformed(.info) }
        unsafe info.clear()
        unsafe checker.pointee.withPolicyInForce { shared, since in
            let settings = shared.settings
            let policy = shared.policy
            unsafe info.pointee.serial = settings.serial
            unsafe info.pointee.valid_until = settings.validUntil ?? 0
            unsafe info.pointee.since = since
            unsafe info.pointee.enforcement = Int32(settings.enforcement.rawValue)
            unsafe info.pointee.rules = UInt32(truncatingIfNeeded: policy.rules.count)
            var first = Int64.max
            for number in policy.rules.indices {
                let rule = policy.rules[number]
                if rule.enforcement != .off, let expiry = rule.expiry { first = min(first, expiry) }
            }
            unsafe info.pointee.first_expiry = first == .max ? 0 : first
        }
    }
}

/// An array of the caller's, as far as it goes, and how many elements there are.
@unsafe
private struct Listing<Element> {
    let elements: UnsafeMutablePointer<Element>?
    let capacity: Int
    private(set) var found = 0

    mutating func add(_ element: Element) {
        if unsafe found < capacity { unsafe elements?[found] = element }
        unsafe found += 1
    }
}

/// Fills in an array. What is added goes through no closure that holds it, which would be memory.
@unsafe
@inline(__always)
private func list<Element>(
    _ checker: OpaquePointer?, _ elements: UnsafeMutablePointer<Element>?, _ capacity: Int,
    _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<pinverdict_error>?,
    _ body: (borrowing CheckCounters, inout Listing<Element>) -> Void
) -> pinverdict_status {
    unsafe count?.pointee = 0
    return unsafe answer(error) { _ throws(CallFailure) in
        let checker = try unsafe CheckerBox.required(checker)
        let count = try unsafe required(count, .count)
        let capacity = try required(size: capacity, .capacity)
        guard unsafe capacity == 0 || elements != nil else { throw .noRoomForCounts }
        var list = unsafe Listing(elements: elements, capacity: capacity)
        unsafe checker.pointee.withCounters { counters in unsafe body(counters, &list) }
        unsafe count.pointee = list.found
    }
}

extension pinverdict_count {
    fileprivate init(_ outcome: CheckOutcome, _ checks: UInt64) {
        self.init()
        reason = pinverdict_reason(UInt32(outcome.reason.rawValue))
        decision = outcome.isAllowed ? PINVERDICT_ALLOW : PINVERDICT_REFUSE
        enforced = outcome.isEnforced
        backup = outcome.isBackup
        self.checks = checks
    }
}

extension pinverdict_rule_count {
    fileprivate init(_ name: Span<UInt8>, _ sums: CheckCounters.RuleSums) {
        self.init()
        matched = sums.matched
        backup = sums.backup
        softened = sums.softened
        refused = sums.refused
        last_failure = sums.lastFailure
        unsafe withUnsafeMutableBytes(of: &rule) { unsafe copy(name, to: $0) }
    }
}
