// SPDX-License-Identifier: Apache-2.0

/// The names of the rules that can decide for a host, in the order in which they are looked for: the exact name, the
/// one-label wildcard, then each ancestor, the nearest first. The first whose rule has an answer
/// (``HostTable/answer(_:_:_:)``) decides alone.
public struct HostCandidates: ~Escapable {
    public enum Kind: Sendable { case exact, wildcard, ancestor }

    private let host: Span<UInt8>
    private let isAddress: Bool
    /// Where the name that comes next begins.
    private var start = 0
    private var nextKind: Kind
    /// The kind of the name that was returned last.
    public private(set) var kind = Kind.exact

    /// - Parameter host: in canonical form.
    @_lifetime(copy host)
    public init(_ host: Span<UInt8>, isAddress: Bool) {
        self.host = host
        self.isAddress = isAddress
        nextKind = .exact
    }

    /// The candidates after the exact name of a host that is no address.
    @inline(__always)
    @_lifetime(copy host)
    public init(above host: Span<UInt8>) {
        self.host = host
        isAddress = false
        nextKind = .wildcard
        start = HostCandidates.parent(of: host, from: 0)
    }

    /// A rule's name, without the `*.` of a wildcard.
    @inline(__always)
    @_lifetime(copy self)
    public mutating func next() -> Span<UInt8>? {
        guard start < host.count else { return nil }
        let name = host.extracting(droppingFirst: start)
        kind = nextKind
        switch kind {
        case .exact:
            nextKind = .wildcard
            start = isAddress ? host.count : HostCandidates.parent(of: host, from: 0)
        case .wildcard:
            nextKind = .ancestor
        case .ancestor:
            start = HostCandidates.parent(of: host, from: start)
        }
        return name
    }

    /// The position behind the next dot, or the end where there is none.
    @inline(__always)
    private static func parent(of host: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position < host.count {
            position &+= 1
            if host[position &- 1] == UInt8(ascii: ".") { return position }
        }
        return position
    }
}
