// SPDX-License-Identifier: Apache-2.0

/// The time, as far as checks need it.
public protocol CheckClock {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    func now() -> Int64
}

/// Answers for one policy, under one checker's settings. Holds nothing of its own and allocates nothing.
public struct PinCheck<Source: PolicySource, Backend: TLSBackend, Clock: CheckClock, Memory: SCTMemory>:
    ~Copyable, ~Escapable
{
    let policy: Source
    let backend: Backend
    let clock: Clock
    /// The number that the policy gives to the environment of this process; nil for none.
    let environment: Int?
    /// What the rollout tells installations apart by; empty for none.
    let installID: Span<UInt8>
    let crossChecks: Bool
    let memory: Memory

    @_lifetime(copy installID)
    public init(
        policy: Source, backend: Backend, clock: Clock, environment: Int?, installID: Span<UInt8>,
        crossChecks: Bool, memory: Memory
    ) {
        self.policy = policy
        self.backend = backend
        self.clock = clock
        self.environment = environment
        self.installID = installID
        self.crossChecks = crossChecks
        self.memory = memory
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
            // What could not be looked through may have a key that the policy rejects for every host, and no rule
            // softens that.
            if policy.settings.rejectsKeys, error.reason.leavesPathUnread {
                verdict.isEnforced = policy.settings.enforcement == .enforce
            }
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
        if rule.enforcement != .enforce { verdict.isEnforced = false }
        guard rule.enforcement != .off else {
            if policy.settings.rejectsKeys { try findNoRejectedKey(chain, &verdict) }
            return .enforcementOff
        }
        if rule.rolloutPercent < 100, try rolloutBucket(of: rule) >= rule.rolloutPercent { verdict.isEnforced = false }

        guard let chain else { throw .noValidatedPath }
        if rule.pinCount > 0 { policy.prefetch(pin: Int(rule.firstPin)) }
        var path = CertificationPath(chain)
        try path.read(crossCheck: crossChecks, backend)
        if rule.rejectsKeys || policy.settings.rejectsKeys {
            try findNoRejectedKey(on: &path, number, &verdict)
        }
        if let expiry = rule.expiry, clock.now() >= expiry {
            guard !rule.refusesOnExpiry else { throw .pinsExpired }
            return .pinsExpired
        }
        let search = try PinSearch(policy.pins, rule, &path, backend)
        verdict.match = search.match
        guard search.isMatched else { throw .noMatch }
        verdict.isBackup = search.isBackup
        if rule.requiredSCTs > 0 { try findSCTs(Int(rule.requiredSCTs), on: &path, &verdict) }
        return .matched
    }

    /// Looks for SCTs of so many of the policy's logs, unless its list of them is stale. A leaf that nobody has issued
    /// has none that count.
    @inline(never)
    private func findSCTs<List: CertificateList>(
        _ required: Int, on path: inout CertificationPath<List>, _ verdict: inout Verdict
    ) throws(Refusal) {
        let time = clock.now()
        if let end = policy.settings.logsValidUntil, time >= end {
            verdict.hasStaleLogs = true
            guard !policy.settings.refusesOnStaleLogs else { throw .logsStale }
            return
        }
        verdict.scts = 0
        let certificates = path.certificates
        guard path.count > 1, let issuerKey = try path.digest(.spki, at: 1, backend),
            let leaf = certificates.certificate(at: 0)
        else { throw .tooFewSCTs }
        var search = SCTSearch(policy.logs)
        let count = search.count(leaf, issuerKey: issuerKey, at: time, backend, memory)
        verdict.scts = Int8(count.logs)
        verdict.sctOperators = Int8(count.operators)
        guard count.suffices(required) else { throw .tooFewSCTs }
    }

    /// For a host without a rule.
    private func reasonWithoutRule<List: CertificateList>(
        _ chain: ValidatedChain<List>?, _ verdict: inout Verdict
    ) throws(Refusal) -> Reason {
        if policy.settings.rejectsKeys { try findNoRejectedKey(chain, &verdict) }
        guard !policy.settings.refusesUnpinnedHosts else { throw .notPinned }
        return .notPinned
    }

    /// Where no pins are looked for: reads the path for the keys that the policy rejects for every host.
    @inline(never)
    @_optimize(speed)
    private func findNoRejectedKey<List: CertificateList>(
        _ chain: ValidatedChain<List>?, _ verdict: inout Verdict
    ) throws(Refusal) {
        guard let chain else { throw .noValidatedPath }
        var path = CertificationPath(chain)
        try path.read(crossCheck: crossChecks, backend)
        try findNoRejectedKey(on: &path, nil, &verdict)
    }

    /// Looks on the whole path for keys that the policy, the rule or one of its sets rejects. The policy's are told
    /// first, since no rule softens them; of each the shallowest.
    @inline(never)
    @_optimize(speed)
    private func findNoRejectedKey<List: CertificateList>(
        on path: inout CertificationPath<List>, _ rule: Int?, _ verdict: inout Verdict
    ) throws(Refusal) {
        for depth in 0..<path.count {
            guard let digest = try path.digest(.spki, at: depth, backend) else { continue }
            guard let first = policy.rejectedKeys.firstSection(rejecting: digest) else { continue }
            let isForEveryHost = first == .policy
            guard isForEveryHost || verdict.match == nil && isRejected(digest, by: rule) else { continue }
            verdict.match = PinMatch(depth: depth, kind: .spki, digest: digest)
            guard isForEveryHost else { continue }
            verdict.isEnforced = policy.settings.enforcement == .enforce
            break
        }
        if let match = verdict.match { throw Refusal(.rejectedKey, at: match.depth) }
    }

    /// Whether the rule itself or one of its sets rejects a key.
    @inline(never)
    @_optimize(speed)
    private func isRejected(_ digest: Digest, by number: Int?) -> Bool {
        guard let number else { return false }
        let keys = policy.rejectedKeys
        if keys.contains(digest, by: .rule(number)) { return true }
        let rule = policy.hosts.rules[number]
        for index in 0..<Int(rule.referenceCount)
        where keys.contains(digest, by: .set(policy.pins.setNumber(index, of: rule))) {
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
        guard let digest = input.withSpan({ backend.sha256($0) }) else { throw .backendFailure }
        return UInt8(digest.leadingNumber % 100)
    }
}
