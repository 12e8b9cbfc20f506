// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import PinVerdictCore
import PolicyStore

/// Parses a text that `signer` has signed, and which begins behind so many lines of its file.
@unsafe
func parse(
    _ text: Span<UInt8>, signer: SigningKey? = nil, behindLines lines: Int = 0, _ error: ErrorOutput
) throws(CallFailure) -> SharedPolicy {
    guard text.count <= PolicyCounts.maximumTextSize else { throw .policyTooLarge }
    var sink = FirstPolicyProblem()
    do throws(SharedPolicy.Failure) {
        return try SharedPolicy.parse(text, BuiltInBackend.automatic, signer: signer, &sink)
    } catch let failure {
        guard failure == .invalid, let problem = sink.problem else {
            throw failure == .hashFailed ? .hashFailed : .outOfMemory
        }
        unsafe error.describe(.invalidPolicy, line: problem.line + lines, problem.message.text)
        throw .invalidPolicy
    }
}

extension CheckerConfiguration {
    /// Verifies and parses a text that is signed by one of the keys; without a signature of its own the text begins
    /// with one. Of what nobody has signed nothing is parsed.
    @unsafe
    func parseSigned(
        _ text: Span<UInt8>, _ signature: Span<UInt8>?, _ error: ErrorOutput
    ) throws(CallFailure) -> SharedPolicy {
        var message = text
        let signer: SigningKey
        do throws(SignatureProblem) {
            if let signature {
                guard signature.count <= Signature.maximumSize else { throw .bad("the signature is too large") }
                signer = try keys.signer(of: message, Signature(alone: signature), backend)
            } else {
                let signature = try Signature(takenOff: &message)
                signer = try keys.signer(of: message, signature, backend)
            }
        } catch let problem {
            let failure = CallFailure(problem)
            unsafe error.describe(failure, problem.message)
            throw failure
        }
        let policy = try unsafe parse(
            message, signer: signer, behindLines: signature == nil ? Signature.lines : 0, error)
        do throws(CallFailure) {
            try requireOrigin(of: policy)
        } catch let failure {
            policy.release()
            throw failure
        }
        return policy
    }
}

extension CallFailure {
    fileprivate init(_ problem: SignatureProblem) {
        switch problem {
        case .bad: self = .badSignature
        case .unknownKey: self = .signedByOther
        case .backendFailure: self = .signatureNotVerified
        }
    }
}
