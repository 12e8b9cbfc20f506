import BackendSupport
import BuiltInBackends
import CPinVerdict
import CPosix
import PinVerdict
import PolicyStore
import Synchronization

/// What a pinverdict_checker points to.
struct CheckerState: ~Copyable {
    /// By which the checkers of one flavour are told from those of another. First in every flavour.
    let flavour = BuiltInBackend.names
    let settings: Settings
    let anchors: BuiltInBackend.Anchors
    let cell: PolicyCell
    /// The caller's, and one for each connection that the checker is attached to.
    let references = Atomic<Int>(1)

    /// A checker under a policy that lacks none of the settings it needs. Takes the anchors over.
    init(_ policy: SharedPolicy, _ settings: Settings, _ anchors: BuiltInBackend.Anchors) throws(PolicyCell.Failure) {
        self.settings = settings
        self.anchors = anchors
        do throws(PolicyCell.Failure) {
            cell = try PolicyCell(policy, environment: settings.environmentNumber(in: policy))
        } catch {
            anchors.free()
            throw error
        }
    }

    deinit { anchors.free() }

    /// Checks a validated path under the policy of the moment. Every check comes here, so that this stands in the
    /// library once.
    @inline(never)
    borrowing func check(
        host: Span<UInt8>, _ path: ValidatedChain<CertificateArray>, _ output: VerdictOutput
    ) -> pinverdict_decision {
        cell.withPolicy { policy, environment in
            let check = PinCheck(
                policy: policy, backend: settings.backend, clock: settings.clock, environment: environment,
                installID: settings.installID.span, crossChecks: settings.crossChecks)
            return unsafe output.write(check.verdict(host: host, path), policy.hosts)
        }
    }

    /// Checks a path that is validated now, whatever the policy says.
    borrowing func check<Source: PathSource>(
        host: Span<UInt8>, _ source: Source, _ output: VerdictOutput
    ) -> pinverdict_decision where Source.Path == CertificateArray {
        do throws(Reason) {
            return try source.withPath(toHost: host, at: settings.clock.now()) { host, path in
                unsafe check(host: host, path, output)
            }
        } catch {
            return unsafe output.refuse(error)
        }
    }
}

extension UnsafeMutablePointer where Pointee == CheckerState {
    func retain() {
        unsafe pointee.references.wrappingAdd(1, ordering: .relaxed)
    }

    /// Frees the checker with its last reference.
    func release() {
        let references = unsafe pointee.references.wrappingSubtract(1, ordering: .acquiringAndReleasing)
        guard references.newValue == 0 else { return }
        unsafe deinitialize(count: 1)
        unsafe free(self)
    }
}
