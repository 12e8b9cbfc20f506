// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PinVerdictCore

@Suite struct ReasonTests {
    /// The table of the design: value, name, and whether it is softened where a policy does not enforce.
    @Test(
        arguments: [
            (0, "none", false), (1, "matched", false), (2, "not-pinned", true), (3, "enforcement-off", false),
            (4, "pins-expired", true),
            (10, "no-match", true), (11, "rejected-key", true), (12, "too-few-scts", true),
            (13, "ct-logs-stale", true), (20, "untrusted-chain", false),
            (21, "hostname-mismatch", false),
            (22, "certificate-expired", false), (23, "no-validated-path", true), (24, "not-a-path", true),
            (30, "malformed-certificate", true), (31, "malformed-hostname", false), (32, "empty-chain", false),
            (33, "extractors-disagree", false), (40, "invalid-argument", false), (41, "backend-failure", false),
        ] as [(Int32, String, Bool)])
    func `values, names and softening`(_ value: Int32, _ name: String, _ isSoftened: Bool) throws {
        let reason = try #require(Reason(rawValue: value))
        #expect(reason.name.description == name)
        #expect(reason.isSoftened == isSoftened)
    }

    /// The header, the manual and SECURITY.md tell of softening in one table, which names what is softened here.
    @Test func `the table of what is softened`() throws {
        let files = ["include/pinverdict.h", "man/pinverdict-policy.5", "SECURITY.md"]
        let tables = try files.map { file in
            let text = try String(
                contentsOf: URL(filePath: #filePath).appending(path: "../../../../\(file)").standardized,
                encoding: .utf8)
            let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            let start = try #require(lines.firstIndex { $0.hasPrefix("no-match, pins-expired") })
            let end = try #require(lines.firstIndex { $0.hasPrefix("all others") && $0.hasSuffix(" never") })
            return Array(lines[start...end])
        }
        #expect(tables.allSatisfy { $0 == tables[0] })
        let named = tables[0].dropLast().flatMap { row in
            row.components(separatedBy: "  ")[0].replacing(" of a path", with: "").replacing(
                " of an accepted chain", with: ""
            )
            .components(separatedBy: ", ")
        }
        let softened = (0...50).compactMap { Reason(rawValue: $0) }.filter(\.isSoftened).map(\.name.description)
        #expect(named.sorted() == softened.sorted())
    }

    @Test func `there are no others`() {
        let values = (-1...1000).filter { Reason(rawValue: Int32($0)) != nil }
        #expect(values.count == 20)
    }

    @Test func `a verdict refuses until it is told otherwise`() {
        let verdict = Verdict(refusing: Refusal(.none))
        #expect(!verdict.isAllowed && verdict.isEnforced && !verdict.isBackup)
        #expect(verdict.rule == nil && verdict.serial == 0)
        #expect(verdict.match == nil)
        #expect(!Verdict(under: PolicySettings()).isAllowed)
    }

    /// Under report-only what is softened is allowed, and nothing else; under enforce nothing is.
    @Test func `softening`() {
        var reporting = PolicySettings()
        reporting.enforcement = .reportOnly
        for value in Int32(0)...50 {
            guard let reason = Reason(rawValue: value) else { continue }
            #expect(!Verdict(under: PolicySettings()).refusing(Refusal(reason)).isAllowed)
            #expect(Verdict(under: reporting).refusing(Refusal(reason)).isAllowed == reason.isSoftened)
            #expect(Verdict(under: reporting).refusing(Refusal(reason)).reason == reason)
            #expect(!Verdict(refusing: Refusal(reason)).isAllowed)
        }
    }
}
