// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct RuleTests {
    /// Every setting that shares its bits with others, alone and beside all others.
    @Test func `packed settings do not touch one another`() {
        for isOn in [false, true] {
            for match in [Match.any, .leaf, .ca, .root] {
                for enforcement in [Enforcement.off, .reportOnly, .enforce] {
                    for changed in 0..<5 {
                        var rule = Rule()
                        rule.match = match
                        rule.enforcement = enforcement
                        func set(_ number: Int, _ value: Bool) {
                            switch number {
                            case 0: rule.isWildcard = value
                            case 1: rule.includesSubdomains = value
                            case 2: rule.refusesOnExpiry = value
                            case 3: rule.allowsSinglePin = value
                            default: rule.rejectsKeys = value
                            }
                        }
                        for number in 0..<5 { set(number, isOn) }
                        set(changed, !isOn)
                        let flags = [
                            rule.isWildcard, rule.includesSubdomains, rule.refusesOnExpiry, rule.allowsSinglePin,
                            rule.rejectsKeys,
                        ]
                        #expect(flags == (0..<5).map { ($0 == changed) != isOn })
                        #expect(rule.match == match && rule.enforcement == enforcement)
                    }
                }
            }
        }
    }

    @Test func `a new rule enforces`() {
        let rule = Rule()
        #expect(rule.enforcement == .enforce && rule.rolloutPercent == 100)
        #expect(rule.expiryDay == -1 && rule.match == .any && rule.maxDepth == 0)
    }

    /// A policy may have a million of them.
    @Test func `a rule takes few bytes`() {
        #expect(MemoryLayout<Rule>.stride <= 32)
    }
}
