// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct HostCandidatesTests {
    private func candidates(_ host: String, isAddress: Bool = false) -> [String] {
        let bytes = host.bytes
        var candidates = HostCandidates(bytes.span, isAddress: isAddress)
        var found: [String] = []
        while let name = candidates.next() { found.append("\(candidates.kind) \(String(name))") }
        return found
    }

    @Test func `the exact name, the wildcard, the ancestors`() {
        #expect(
            candidates("a.b.example") == [
                "exact a.b.example", "wildcard b.example", "ancestor b.example", "ancestor example",
            ])
        #expect(candidates("printer") == ["exact printer"])
        #expect(candidates("192.0.2.7", isAddress: true) == ["exact 192.0.2.7"])
        #expect(candidates("") == [])
    }

    @Test func `above a name the exact one is left out`() {
        let bytes = "a.b.example".bytes
        var candidates = HostCandidates(above: bytes.span)
        var first = ""
        if let name = candidates.next() { first = String(name) }
        #expect(first == "b.example" && candidates.kind == .wildcard)
    }
}
