// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict

/// Which keys are expected of which hosts. The language is described in pinverdict-policy(5).
///
/// A policy never changes, and may be used by any number of tasks and checkers.
@safe
public final class Policy: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    /// Parses the text of a policy file, at most 256 MiB.
    ///
    /// - Throws: A ``PinVerdictError`` of the kind ``PinVerdictError/Kind/invalidPolicy`` has the line of the first
    ///   mistake; `pinverdict lint` prints them all.
    public convenience init(_ text: some StringProtocol) throws(PinVerdictError) {
        try self.init(Array(text.utf8))
    }

    /// Parses the octets of a policy file: UTF-8, at most 256 MiB.
    public init(_ text: [UInt8]) throws(PinVerdictError) {
        unsafe handle = try made { (out, error) in
            unsafe text.withCharacters { unsafe pinverdict_policy_parse($0.baseAddress, $0.count, out, error) }
        }
    }

    /// Reads and parses a policy file: a regular file, or a link to one. Blocks while it reads.
    ///
    /// Replace such a file by a rename, never in its place: one that is read while it is written may lack its last
    /// sections, and load.
    public init(contentsOfFile path: String) throws(PinVerdictError) {
        let path = try path.forC("the path")
        unsafe handle = try made { (out, error) in unsafe pinverdict_policy_load(path, out, error) }
    }

    /// Parses a policy that one of the configuration's keys has signed. Nothing of it is read before its signature has
    /// been found good.
    ///
    /// - Parameters:
    ///   - text: The policy; without a `signature`, the one file that holds both, as `signify -S -e` writes it.
    ///   - signature: What is in signify's `.sig`, or in the `.minisig` that `minisign -S -l` writes.
    ///   - configuration: Has the keys, and the serial below which no policy is taken.
    public init(
        signed text: [UInt8], signature: [UInt8]? = nil, configuration: Configuration
    ) throws(PinVerdictError) {
        let settings = try Settings(configuration)
        unsafe handle = try made { (out, error) in
            unsafe text.withCharacters { text in
                guard let signature else {
                    return unsafe pinverdict_policy_parse_signed(
                        settings.handle, text.baseAddress, text.count, nil, 0, out, error)
                }
                return unsafe signature.withCharacters {
                    unsafe pinverdict_policy_parse_signed(
                        settings.handle, text.baseAddress, text.count, $0.baseAddress, $0.count, out, error)
                }
            }
        }
    }

    deinit { unsafe pinverdict_policy_free(handle) }
}
