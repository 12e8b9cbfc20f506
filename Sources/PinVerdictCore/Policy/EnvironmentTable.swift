// SPDX-License-Identifier: Apache-2.0

/// Where the name of a declared environment lies in the policy's names.
public struct EnvironmentName: BitwiseCopyable, Sendable {
    var start: UInt32 = 0
    var length: UInt8 = 0
}

/// The environments that a policy declares. A rule has a bit for each.
struct EnvironmentTable: ~Escapable {
    private let entries: Span<EnvironmentName>
    private let names: Span<UInt8>

    @_lifetime(copy entries, copy names)
    init(_ entries: Span<EnvironmentName>, in names: Span<UInt8>) {
        self.entries = entries
        self.names = names
    }

    /// The number of a declared environment; nil for a name that the policy does not declare.
    func number(of name: Span<UInt8>) -> Int? {
        for number in entries.indices where isEqual(self.name(number), name) { return number }
        return nil
    }

    @_lifetime(copy self)
    func name(_ number: Int) -> Span<UInt8> {
        let start = Int(entries[number].start)
        return names.extracting(start..<(start + Int(entries[number].length)))
    }
}
