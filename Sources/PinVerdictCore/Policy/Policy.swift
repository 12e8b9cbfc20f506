// SPDX-License-Identifier: Apache-2.0

/// A parsed policy: flat tables in memory that somebody else owns. Made by ``PolicyParser``.
public struct Policy: ~Copyable, ~Escapable {
    public let settings: PolicySettings
    public let hosts: HostTable
    let pins: PinTable
    public let rejectedKeys: RejectedKeyTable
    public let logs: CTLogTable
    let environments: EnvironmentTable

    @_lifetime(copy hosts, copy pins, copy rejectedKeys, copy logs, copy environments)
    public init(
        settings: PolicySettings, hosts: HostTable, pins: PinTable, rejectedKeys: RejectedKeyTable,
        logs: CTLogTable, environments: Span<EnvironmentName>
    ) {
        self.settings = settings
        self.hosts = hosts
        self.pins = pins
        self.rejectedKeys = rejectedKeys
        self.logs = logs
        let declared = min(settings.environmentCount, environments.count)
        self.environments = EnvironmentTable(environments.extracting(first: declared), in: hosts.names)
    }

    /// The number of a declared environment; nil for a name that the policy does not declare.
    public func environment(named name: Span<UInt8>) -> Int? { environments.number(of: name) }

    /// The name of a declared environment.
    @_lifetime(copy self)
    public func environmentName(_ number: Int) -> Span<UInt8> { environments.name(number) }
}

/// The rules, by their host patterns.
extension Policy {
    public var rules: Span<Rule> {
        @_lifetime(copy self)
        get { hosts.rules }
    }

    /// A rule's name without `*.`.
    @_lifetime(copy self)
    public func name(of rule: Rule) -> Span<UInt8> { hosts.name(of: rule) }

    /// A rule's host pattern in canonical form, such as `*.example.com`.
    public func pattern(of rule: Rule) -> ASCIIText<256> { hosts.pattern(of: rule) }

    /// The number of the rule that decides for a host; see ``HostTable``.
    public func rule(for host: borrowing HostName, environment: Int?) -> Int? {
        hosts.rule(for: host, environment: environment)
    }

    /// The number of the rule with exactly this pattern that exists in an environment, else of the first in others.
    public func find(_ name: Span<UInt8>, isWildcard: Bool, environment: Int?) -> Int? {
        hosts.find(name, isWildcard: isWildcard, environment)
    }

    /// Whether a rule exists in an environment.
    public func exists(_ rule: Rule, in environment: Int?) -> Bool { HostTable.exists(rule, in: environment) }
}
