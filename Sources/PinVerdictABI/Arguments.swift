// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends
import CPinVerdict
import PinVerdictCore
import PolicyStore

// What an argument has to be. Every function reads its arguments by these.

/// A pointer that may not be NULL.
@inline(__always)
func required<Pointer>(_ pointer: Pointer?, _ argument: Argument) throws(CallFailure) -> Pointer {
    guard let pointer else { throw .null(argument) }
    return pointer
}

/// A size or a count.
@inline(__always)
func required(size: Int, _ argument: Argument) throws(CallFailure) -> Int {
    guard size >= 0 else { throw .tooLarge(argument) }
    return size
}

@unsafe
@inline(__always)
func required(policy: OpaquePointer?) throws(CallFailure) -> SharedPolicy {
    unsafe SharedPolicy(try required(policy, .policy))
}

/// A host as it is spelt.
@unsafe
@inline(__always)
@_lifetime(immortal)
func required(host: UnsafePointer<CChar>?) throws(CallFailure) -> Span<UInt8> {
    unsafe Span(try required(host, .host), limit: Limits.hostSpelling)
}

/// What is told of a host that may be NULL.
@unsafe
@_lifetime(immortal)
func spelling(of host: UnsafePointer<CChar>?) -> Span<UInt8> {
    guard let host = unsafe host else { return Span() }
    return unsafe Span(host, limit: Limits.hostSpelling)
}

/// A host that is one.
@unsafe
func required(hostName host: UnsafePointer<CChar>?) throws(CallFailure) -> HostName {
    guard let name = HostName(try unsafe required(host: host)) else { throw .malformedHost }
    return name
}

func required(backend: pinverdict_backend) throws(CallFailure) -> BuiltInBackend {
    guard backend != PINVERDICT_BACKEND_AUTO else { return .automatic }
    guard let number = UInt8(exactly: backend.rawValue), let name = BackendName(rawValue: number) else {
        throw .unknown(.backend)
    }
    guard let builtIn = BuiltInBackend(name) else { throw .backendNotBuiltIn }
    return builtIn
}
