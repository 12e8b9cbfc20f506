// SPDX-License-Identifier: Apache-2.0

/// The time, as far as checks need it.
public protocol CheckClock {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    func now() -> Int64
}

/// Answers for one policy, under one checker's settings. Holds nothing of its own and allocates nothing.
public struct PinCheck<Source: PolicySource, Backend: TLSBackend, Clock: CheckClock>: ~Copyable, ~Escapable {
    let policy: Source
    let backend: Backend
    let clock: Clock
    /// The number that the policy gives to the environment of this process; nil for none.
    let environment: Int?
    /// What the rollout tells installations apart by; empty for none.
    let installID: Span<UInt8>
    let crossChecks: Bool

    @_lifetime(copy installID)
    public init(
        policy: Source, backend: Backend, clock: Clock, environment: Int?, installID: Span<UInt8>,
        crossChecks: Bool
    ) {
        self.policy = policy
        self.backend = backend
        self.clock = clock
        self.environment = environment
        self.installID = installID
        self.crossChecks = crossChecks
    }

    /// Whether the pins allow a connection to a host over a validated path; nil for a connection that the TLS library
    /// accepts, and whose path cannot be had: it lives where no path is needed. The steps stand in the order of their
    /// precedence: the first that has an answer decides.
    @inline(__always)  // and what it calls: a call would copy the checker
    public func verdict<List: CertificateList>(
        host spelling: Span<UInt8>, _ chain: ValidatedChain<List>?
    ) -> Verdict {
        if let chain, chain.certificates.count <= 0 { return Verdict(refusing: .emptyChain) }
        let rule: Int?
        if let scan = HostNameScan(spelling), scan.isCanonical {
            // Most spellings are, and need not be copied.
            let name = spelling.extracting(first: scan.count)
            rule = policy.hosts.rule(for: name, isAddress: false, environment: environment)
        } else {
            guard let host = HostName(spelling) else { return Verdict(refusing: .malformedHostName) }
            rule = policy.hosts.rule(for: host, environment: environment)
        }
        return verdict(under: rule, chain)
    }

    /// What the host's rule, nil for none, says of a path.
    @inline(__always)
    private func verdict<List: CertificateList>(under number: Int?, _ chain: ValidatedChain<List>?) -> Verdict {
        var verdict = Verdict(under: policy.settings)
        guard policy.settings.enforcement != .off else { return verdict.allowing(.enforcementOff) }
        verdict.rule = number
        do throws(Refusal) {
            let reason = try self.reason(chain, under: number, &verdict)
            return verdict.allowing(reason)
        } catch {
            return verdict.refusing(error)
        }
    }

    /// Returns the reason to allow, or throws the reason to refuse.
    @inline(__always)
    private func reason<List: CertificateList>(
        _ chain: ValidatedChain<List>?, under number: Int?, _ verdict: inout Verdict
    ) throws(Refusal) -> Reason {
        guard let number else { return try reasonWithoutRule(chain, &verdict) }
        let rule = policy.hosts.rules[number]
        guard rule.enforcement != .off else {
            verdict.isEnforced = false
            return .enforcementOff
        }
        if rule.enforcement == .reportOnly { verdict.isEnforced = false }
        if rule.rolloutPercent < 100, try rolloutBucket(of: rule) >= rule.rolloutPercent { verdict.isEnforced = false }

        guard let chain else { throw .noValidatedPath }
        if rule.pinCount > 0 { policy.prefetch(pin: Int(rule.firstPin)) }
        var path = CertificationPath(chain)
        try path.read(crossCheck: crossChecks, backend)
        if rule.rejectsKeys || policy.settings.rejectedKeys.rejectsKeys {
            verdict.match = try rejectedKey(on: &path, rule)
            if let match = verdict.match { throw Refusal(.rejectedKey, at: match.depth) }
        }
        if let expiry = rule.expiry, clock.now() >= expiry {
            guard !rule.refusesOnExpiry else { throw .pinsExpired }
            return .pinsExpired
        }
        let search = try PinSearch(policy.pins, rule, &path, backend)
        verdict.match = search.match
        guard search.isMatched else { throw .noMatch }
        verdict.isBackup = search.isBackup
        return .matched
    }

    /// For a host without a rule. Reads no certificate unless the policy rejects keys for every host.
    private func reasonWithoutRule<List: CertificateList>(
        _ chain: ValidatedChain<List>?, _ verdict: inout Verdict
    ) throws(Refusal) -> Reason {
        if policy.settings.rejectedKeys.rejectsKeys {
            guard let chain else { throw .noValidatedPath }
            var path = CertificationPath(chain)
            try path.read(crossCheck: crossChecks, backend)
            verdict.match = try rejectedKey(on: &path, nil)
            if let match = verdict.match { throw Refusal(.rejectedKey, at: match.depth) }
        }
        guard !policy.settings.refusesUnpinnedHosts else { throw .notPinned }
        return .notPinned
    }

    /// The first key on the whole path that the policy, the rule or one of its sets rejects.
    private func rejectedKey<List: CertificateList>(
        on path: inout CertificationPath<List>, _ rule: Rule?
    ) throws(Refusal) -> PinMatch? {
        for depth in 0..<path.count {
            guard let digest = try path.digest(.spki, at: depth, backend) else { continue }
            if isRejected(digest, rule) { return PinMatch(depth: depth, kind: .spki, digest: digest) }
        }
        return nil
    }

    @inline(never)
    private func isRejected(_ digest: Digest, _ rule: Rule?) -> Bool {
        let pins = policy.pins
        if pins.rejects(digest, in: policy.settings.rejectedKeys) { return true }
        guard let rule, rule.rejectsKeys else { return false }
        for number in 0..<pins.partCount(of: rule) where pins.rejects(digest, in: pins.part(number, of: rule)) {
            return true
        }
        return false
    }

    /// 0 to 99, always the same for an installation and a rule: the first four octets of
    /// SHA-256(install id, 0x00, rule), big-endian, modulo 100.
    private func rolloutBucket(of rule: Rule) throws(Refusal) -> UInt8 {
        var input = ASCIIText<512>()
        input.append(installID)
        input.append(0)
        input.append(policy.hosts.pattern(of: rule).span)
        guard let digest = backend.sha256(input.span) else { throw .backendFailure }
        return UInt8(digest.leadingNumber % 100)
    }
}
