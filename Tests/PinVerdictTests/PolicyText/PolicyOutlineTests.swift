// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PolicyOutlineTests {
    @Test func `sections and settings in their order`() {
        let text = """
            # comment
            [policy]
            serial = 1

            [pin-set api]   # comment
            backup-leaf-key-sha256 = abc
            [host  *.example.com ]
            rejected-pin-sha256=x
            match = leaf
            not a line of a policy
            [elsewhere here]
            colour = blue

            """.bytes
        var outline = PolicyOutline(text.span)
        var entries: [String] = []
        func part(_ range: Range<Int>) -> String { String(text.span.extracting(range)) }
        while let entry = outline.next() {
            entries.append("\(entry.line) \(entry.part) \(part(entry.name)) = \(part(entry.value))")
        }
        #expect(
            entries == [
                "2 policy  = ", "3 setting serial = 1", "5 pinSet api = ", "6 pin backup-leaf-key-sha256 = abc",
                "7 host *.example.com = ", "8 rejectedPin rejected-pin-sha256 = x", "9 setting match = leaf",
                "11 unknownSection here = ", "12 setting colour = blue",
            ])
    }

    /// What the commands that explain a policy rely on.
    @Test func `entries and the policy's tables have the same order`() throws {
        let text = (PolicyParserTests.whole + "\n").bytes
        let parsed = try TestPolicy(text)
        let policy = parsed.shared.policy
        var outline = PolicyOutline(text.span)
        var (hosts, sets, pins, rejected) = (0, 0, 0, Set<Int>())
        while let entry = outline.next() {
            switch entry.part {
            case .host: hosts += 1
            case .pinSet: sets += 1
            case .pin: pins += 1
            case .rejectedPin: rejected.insert(entry.line)
            default: break
            }
        }
        #expect(hosts == policy.rules.count)
        #expect(sets == policy.setCount)
        #expect(pins == policy.pinCount)
        let keys = (0..<policy.rejectedKeys.count).map { policy.rejectedKeys[$0] }
        #expect(Set(keys.indices.map { keys[$0].line }) == rejected && keys.count == rejected.count)
        #expect(policy.pins(ofSet: 0).count == 2 && policy.pins(ofSet: 1).count == 2)
        #expect(policy.ownPins(of: policy.rules[0]).isEmpty)
        #expect(policy.setNumber(0, of: policy.rules[0]) == 0 && policy.setNumber(1, of: policy.rules[0]) == 1)
        #expect(policy.setCount(of: policy.rules[0]) == 2 && policy.setCount(of: policy.rules[3]) == 0)
        #expect(keys.count == 2)
        for index in keys.indices {
            let isFirst = keys[index].digest == Digest([UInt8](repeating: 1, count: 31) + [0])
            #expect(keys[index].rejecter == (isFirst ? .rule(0) : .policy))
        }
        let names = (0..<policy.environmentCount).map { String(policy.environmentName($0)) }
        #expect(names == ["dev", "staging", "production"])
    }
}
