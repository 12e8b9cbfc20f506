// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// What went wrong where a policy, a checker or a pin was to be made. A check throws nothing: it answers with a
/// ``Verdict``.
public struct PinVerdictError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The numbers are those of `pinverdict_status`.
    public enum Kind: UInt32, Sendable {
        /// A value that the library does not take.
        case invalidArgument = 1
        /// Nothing was changed; it can be tried again.
        case outOfMemory = 2
        /// A file is missing, unreadable, too large or not a file.
        case fileError = 3
        /// A mistake in the policy; ``PinVerdictError/line`` says where.
        case invalidPolicy = 4
        /// Not one certificate in DER.
        case malformedCertificate = 5
        /// A pin of the kind `key` of an algorithm that has none.
        case unsupportedKey = 6
        /// A serial lower than the one in force, or equal with other octets.
        case outdatedPolicy = 7
        /// The policy uses environments or a rollout, and the configuration lacks them.
        case settingRequired = 8
        /// The package was built without that backend: see its traits.
        case backendUnavailable = 9
        /// The TLS library reported an error of its own.
        case backendFailure = 10
        /// Malformed, or not that of this policy.
        case badSignature = 11
        /// The policy is signed by a key that is none of the configuration's.
        case unknownKey = 12
        /// Its `valid-until` has passed, and its `on-stale` is `refuse`.
        case stalePolicy = 13
        /// The configuration has keys, and the policy no signature.
        case unsignedPolicy = 14
    }

    public let kind: Kind
    /// Of the policy's text, from 1; `nil` where no line is to blame.
    public let line: Int?
    /// What was found, and what to do.
    public let message: String

    /// The message, behind the line where there is one.
    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}

extension PinVerdictError {
    /// What a call of the library's has answered, other than that it is well.
    init(_ status: pinverdict_status, line: UInt32 = 0, _ message: String = "") {
        kind = Kind(rawValue: status.rawValue) ?? .backendFailure
        self.line = line > 0 ? Int(line) : nil
        let name = unsafe String(cString: pinverdict_status_name(status))
        self.message = message.isEmpty ? name : message
    }
}

/// What a call of the library's makes.
@unsafe
func made(
    _ call: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<pinverdict_error>) -> pinverdict_status
) throws(PinVerdictError) -> OpaquePointer {
    var handle: OpaquePointer?
    try unsafe succeed { error in unsafe call(&handle, error) }
    guard let handle = unsafe handle else { throw PinVerdictError(PINVERDICT_BACKEND_FAILURE) }
    return unsafe handle
}

/// Throws where a call of the library's does not answer that it is well.
@unsafe
func succeed(_ call: (UnsafeMutablePointer<pinverdict_error>) -> pinverdict_status) throws(PinVerdictError) {
    var error = pinverdict_error()
    error.struct_size = MemoryLayout<pinverdict_error>.size
    let status = unsafe call(&error)
    if status != PINVERDICT_OK {
        throw PinVerdictError(status, line: error.line, String(characters: error.message))
    }
}
