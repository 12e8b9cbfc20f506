// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import PinVerdictCore
import PolicyStore
import Synchronization

/// What a pinverdict_checker points to.
struct CheckerBox: HandleBox, ~Copyable {
    static var argument: Argument { .checker }

    let flavour = BuiltInBackend.names
    private let configuration: CheckerConfiguration
    /// Nil where the checker takes no presented chains.
    private let anchors: BuiltInBackend.Anchors?
    private let cell: PolicyCell
    private let verifiedSCTs = VerifiedSCTs()
    /// Nil where none are asked for.
    private let events: EventRecorder?
    #if GnuTLS
        /// Of the paths of connections.
        private let gnuTLSMemory = PathMemory<KeptPath>()
    #endif
    #if OpenSSL
        /// Of the paths of connections.
        let openSSLMemory = PathMemory<OpenSSLKnownPath>()
    #endif
    /// The caller's, and one for each connection that the checker is attached to.
    fileprivate let references = Atomic<Int>(1)

    /// Takes the anchors over.
    init(
        _ policy: SharedPolicy, _ configuration: CheckerConfiguration, _ anchors: BuiltInBackend.Anchors?,
        _ events: consuming EventRecorder?
    ) throws(CallFailure) {
        self.configuration = configuration
        self.anchors = anchors
        do throws(PolicyCell.Failure) {
            cell = try PolicyCell(policy, environment: configuration.environmentNumber(in: policy))
        } catch {
            anchors?.free()
            verifiedSCTs.free()
            throw .outOfMemory
        }
        self.events = events
    }

    deinit {
        anchors?.free()
        verifiedSCTs.free()
    }

    borrowing func set(_ policy: SharedPolicy) throws(CallFailure) {
        do throws(CallFailure) {
            try configuration.require(policy)
        } catch {
            count(refusedPolicy: error)
            throw error
        }
        do throws(PolicyCell.Failure) {
            try cell.set(policy, environment: configuration.environmentNumber(in: policy))
        } catch {
            throw error == .outdated ? .outdatedPolicy : .outOfMemory
        }
    }

    /// Passes on the pins that a check of a host looks for, and the serial of the policy that has them.
    borrowing func forEachDemandedPin(for host: HostName, _ body: (Digest, PinTraits) -> Void) -> UInt64 {
        cell.withPolicy { policy, environment in
            policy.policy.forEachDemandedPin(for: host, environment: environment, body)
            return policy.settings.serial
        }
    }

    /// Counts a refusal that no policy was asked about, and takes it up as an event: without certificates, since what
    /// has not been validated may have been sent by anybody.
    @inline(never)
    borrowing func count(refusal: Refusal, host: Span<UInt8>, isResumed: Bool = false) {
        cell.counters.count(refusal: refusal)
        let verdict = Verdict(refusing: refusal)
        if configuration.events.kinds.contain(verdict) {
            note(verdict, host, nil, isResumed: isResumed, under: Span())
        }
    }

    /// Takes up as an event what a policy came to.
    @inline(never)
    private borrowing func note(
        _ verdict: Verdict, _ host: Span<UInt8>, _ path: CertificateArray?, isResumed: Bool,
        _ policy: borrowing SharedPolicy
    ) {
        var rule = ASCIIText<256>()
        if let number = verdict.rule { rule = policy.policy.pattern(of: policy.hosts.rules[number]) }
        note(verdict, host, path, isResumed: isResumed, under: rule.span)
    }

    /// Takes the end of a check up as an event.
    @inline(never)
    private borrowing func note(
        _ verdict: Verdict, _ host: Span<UInt8>, _ path: CertificateArray?, isResumed: Bool, under rule: Span<UInt8>
    ) {
        switch events {
        case .some(let events):
            let now = configuration.clock.now()
            cell.counters.count(events.note(verdict, host, path, isResumed: isResumed, under: rule, at: now))
        case .none: break
        }
    }

    /// Takes the oldest event; false where there is none.
    @unsafe
    borrowing func takeEvent(
        _ event: UnsafeMutablePointer<pinverdict_event>, _ der: UnsafeMutableRawBufferPointer
    ) -> Bool {
        switch events {
        case .some(let events): unsafe events.take(event, der)
        case .none: false
        }
    }

    /// Throws where a policy would not be set. False for what is in force already.
    borrowing func requireSettable(_ policy: SharedPolicy) throws(CallFailure) -> Bool {
        try configuration.require(policy)
        let (serial, isSame) = cell.withPolicyInForce { inForce, _ in
            (inForce.settings.serial, inForce.hasSameText(as: policy))
        }
        guard policy.settings.serial > serial || policy.settings.serial == serial && isSame else {
            throw .outdatedPolicy
        }
        return policy.settings.serial > serial
    }

    /// Counts a policy that did not come as far as being set.
    borrowing func count(refusedPolicy failure: CallFailure) {
        cell.counters.countRefusedPolicy(isOutdated: failure.status == PINVERDICT_OUTDATED_POLICY)
    }

    /// Passes on what was counted.
    borrowing func withCounters<Result>(_ body: (borrowing CheckCounters) -> Result) -> Result { body(cell.counters) }

    /// Passes on the policy of the moment, and when it was set.
    borrowing func withPolicyInForce<Result>(_ body: (borrowing SharedPolicy, Int64) -> Result) -> Result {
        cell.withPolicyInForce(body)
    }

    /// Checks a validated path, or nil for one that the TLS library has and does not give, under the policy of the
    /// moment. Every check comes here, so that this stands in the library once.
    @inline(never)
    @_optimize(speed)
    borrowing func check(
        host: Span<UInt8>, _ path: ValidatedChain<CertificateArray>?, _ output: VerdictOutput, isResumed: Bool = false
    ) -> pinverdict_decision {
        cell.counting { policy, environment in
            let check = PinCheck(
                policy: policy, backend: configuration.backend, clock: configuration.clock, environment: environment,
                installID: configuration.installID.span, crossChecks: configuration.crossChecks,
                memory: verifiedSCTs)
            return check.verdict(host: host, path)
        } _: { verdict, policy in
            if configuration.events.kinds.contain(verdict) {
                note(verdict, host, path?.certificates, isResumed: isResumed, policy)
            }
            return unsafe output.write(verdict, policy.hosts)
        }
    }

    /// Checks a path that is validated now. What the TLS library does not accept is refused whatever the policy says.
    @inline(never)
    borrowing func check<Source: PathSource>(
        host: Span<UInt8>, _ source: Source, _ output: VerdictOutput, _ observer: PathObserver
    ) -> pinverdict_decision where Source.Path == CertificateArray {
        let isResumed = !configuration.events.kinds.isEmpty && source.isResumed
        do throws(Refusal) {
            return try source.withPath(toHost: host, at: configuration.clock.now()) { host, path in
                let decision = unsafe check(host: host, path, output, isResumed: isResumed)
                observer.see(path, decision)
                return decision
            }
        } catch {
            count(refusal: error, host: host, isResumed: isResumed)
            return unsafe output.refuse(error, error.finding == 0 ? FindingText() : source.words(for: error.finding))
        }
    }

    /// Validates what a peer presented, and checks the path.
    borrowing func check(
        host: Span<UInt8>, _ chain: PresentedChain<CertificateArray>, _ output: VerdictOutput, _ observer: PathObserver
    ) throws(Refusal) -> pinverdict_decision {
        guard let anchors else { throw .invalidArgument }
        return unsafe check(host: host, PresentedPath(chain, anchors), output, observer)
    }
}

extension UnsafeMutablePointer where Pointee == CheckerBox {
    /// Checks a connection.
    @inline(never)
    func verdict<Source: PathSource>(
        host: Span<UInt8>, _ source: Source, _ observer: PathObserver = .nobody
    ) -> pinverdict_verdict where Source.Path == CertificateArray {
        unsafe pinverdict_verdict { output in unsafe pointee.check(host: host, source, output, observer) }
    }

    func retain() {
        unsafe pointee.references.wrappingAdd(1, ordering: .relaxed)
    }

    /// Frees the checker with its last reference.
    func release() {
        let references = unsafe pointee.references.wrappingSubtract(1, ordering: .acquiringAndReleasing)
        if references.newValue == 0 { unsafe freeBox() }
    }
}

#if GnuTLS
    extension CheckerBox {
        /// Lends the memory of paths that GnuTLS has validated for connections.
        @unsafe
        borrowing func withGnuTLSMemory<Result>(_ body: (UnsafePointer<PathMemory<KeptPath>>) -> Result) -> Result {
            unsafe withUnsafePointer(to: gnuTLSMemory) { unsafe body($0) }
        }
    }
#endif
