// SPDX-License-Identifier: Apache-2.0

import CPinVerdict
import PinVerdictCore

// The shape of every exported function: its arguments are read, what it is for is done, and what was thrown on the way
// becomes the answer.

/// A call that answers with a status alone.
@inline(__always)
func answer(_ call: () throws(CallFailure) -> Void) -> pinverdict_status {
    do throws(CallFailure) {
        try call()
        return PINVERDICT_OK
    } catch {
        return error.status
    }
}

/// A call that fills in a pinverdict_error.
@unsafe
@inline(__always)
func answer(
    _ error: UnsafeMutablePointer<pinverdict_error>?, _ call: (ErrorOutput) throws(CallFailure) -> Void
) -> pinverdict_status {
    guard let output = unsafe ErrorOutput(error) else { return PINVERDICT_INVALID_ARGUMENT }
    do throws(CallFailure) {
        try unsafe call(output)
        return unsafe output.succeed()
    } catch let failure {
        return unsafe output.fail(failure)
    }
}

/// Tells a verdict that was kept. False for none, which reads as a refusal for no reason.
@unsafe
func tell(_ kept: pinverdict_verdict?, _ verdict: UnsafeMutablePointer<pinverdict_verdict>?) -> Bool {
    guard let output = unsafe VerdictOutput(verdict) else { return false }
    guard let kept else {
        _ = unsafe output.refuse(Refusal(.none))
        return false
    }
    _ = unsafe output.write(kept)
    return true
}

/// A check.
@unsafe
@inline(__always)
func decide(
    _ verdict: UnsafeMutablePointer<pinverdict_verdict>?, _ checker: OpaquePointer?, _ host: UnsafePointer<CChar>?,
    _ check: (UnsafeMutablePointer<CheckerBox>, Span<UInt8>, VerdictOutput) throws(Refusal) -> pinverdict_decision
) -> pinverdict_decision {
    let checker = unsafe try? CheckerBox.required(checker)
    guard let output = unsafe VerdictOutput(verdict) else {
        unsafe checker?.pointee.count(refusal: .invalidArgument, host: spelling(of: host))
        return PINVERDICT_REFUSE
    }
    do throws(Refusal) {
        guard let checker = unsafe checker, let host = try? unsafe required(host: host) else {
            throw .invalidArgument
        }
        return try unsafe check(checker, host, output)
    } catch {
        unsafe checker?.pointee.count(refusal: error, host: spelling(of: host))
        return unsafe output.refuse(error)
    }
}
