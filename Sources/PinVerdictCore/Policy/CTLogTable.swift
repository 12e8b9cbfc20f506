// SPDX-License-Identifier: Apache-2.0

/// The logs whose SCTs a policy takes, in the order of its text.
public struct CTLogTable: ~Escapable {
    private let logs: Span<CTLog>

    @_lifetime(copy logs)
    public init(_ logs: Span<CTLog>) { self.logs = logs }

    public var count: Int { logs.count }

    public subscript(number: Int) -> CTLog { logs[number] }

    /// Nil for a log that the policy does not have.
    func number(of id: Digest) -> Int? {
        for number in logs.indices where logs[number].id == id { return number }
        return nil
    }
}
