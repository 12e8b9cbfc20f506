// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// Answers whether the pins allow a connection, under the policy that it holds at the moment.
///
/// May be used by any number of tasks and threads at once. Checks take no lock, and never wait for a policy that is
/// being replaced.
@safe
public final class Checker: Sendable {
    nonisolated(unsafe) private let handle: OpaquePointer
    /// Has to outlive the checker.
    private let clock: Clock?

    /// Makes a checker, and loads its trust anchors.
    ///
    /// - Throws: `fileError` for a trust file that cannot be read, `settingRequired` for a policy that asks for an
    ///   environment or an install id that the configuration has not, `unsignedPolicy`, `unknownKey`, `outdatedPolicy`,
    ///   `stalePolicy`, `backendUnavailable`.
    public init(_ policy: Policy, configuration: Configuration = Configuration()) throws(PinVerdictError) {
        let settings = try Settings(configuration)
        clock = settings.clock
        unsafe handle = try made { (out, error) in
            unsafe pinverdict_checker_create(policy.handle, settings.handle, out, error)
        }
    }

    deinit { unsafe pinverdict_checker_free(handle) }

    /// Do the pins allow a connection to a host over a path that the TLS library has validated?
    ///
    /// Neither signatures, dates nor the host's name in the leaf are looked at: the TLS library has done that. Takes
    /// about a microsecond; never blocks.
    ///
    /// - Parameters:
    ///   - chain: The path, leaf first.
    ///   - host: The name or IP address that the program wanted to reach, never one that the peer gave. Case and one
    ///     trailing dot do not count.
    public func check(_ chain: ValidatedChain, host: String) -> Verdict {
        unsafe Verdict { verdict in
            unsafe chain.certificates.withBytes { (bytes, count) in
                unsafe pinverdict_check_validated(handle, host.asHost, bytes, count, verdict)
            }
        }
    }

    /// The same for what a peer sent: the backend makes a path of it first, and validates that, the host's name
    /// included; then the pins are looked for in the path, never in the rest of the list. Revocation is not checked.
    ///
    /// Verifies signatures: call it off an event loop. A chain that has been seen costs microseconds.
    ///
    /// - Parameters:
    ///   - chain: What was sent, leaf first.
    ///   - host: As above.
    public func check(_ chain: PresentedChain, host: String) -> Verdict {
        unsafe Verdict { verdict in
            unsafe chain.certificates.withBytes { (bytes, count) in
                unsafe pinverdict_check_presented(handle, host.asHost, bytes, count, verdict)
            }
        }
    }

    /// Replaces the policy, atomically: a check runs under the old one or the new one, whole.
    ///
    /// - Throws: `outdatedPolicy` unless its serial is higher than that of the one in force, or it is the same policy;
    ///   and as ``init(_:configuration:)``. The old policy stays then.
    public func setPolicy(_ policy: Policy) throws(PinVerdictError) {
        try unsafe succeed { error in unsafe pinverdict_checker_set_policy(handle, policy.handle, error) }
    }

    /// The pins that a check of a connection to this host looks for: what was expected, where it says `no-match`. None
    /// for a host without a rule.
    public func expectedPins(host: String) throws(PinVerdictError) -> [Pin] {
        let host = try host.forC("the host")
        var pins = [pinverdict_pin](repeating: pinverdict_pin(), count: 256)
        var count = 0
        try unsafe succeed { error in
            unsafe pinverdict_checker_pins(handle, host, &pins, pins.count, &count, nil, error)
        }
        return pins.prefix(count).compactMap(Pin.init)
    }

    /// How often checks came to each end, since the checker was made: by reason, decision, and whether it was enforced
    /// and a backup. Ends that no check came to are there with 0. Never goes down.
    public var counts: [CheckCount] {
        var counts = [pinverdict_count](repeating: pinverdict_count(), count: 64)
        var count = 0
        let status = unsafe pinverdict_checker_counts(handle, &counts, counts.count, &count, nil)
        return status == PINVERDICT_OK ? counts.prefix(count).map(CheckCount.init) : []
    }
}

extension String {
    /// What C would cut at a NUL is no host at all, so that it refuses.
    fileprivate var asHost: String { utf8.contains(0) ? "" : self }
}
