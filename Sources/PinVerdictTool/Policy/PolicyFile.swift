// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore
import PolicyStore

/// A policy without mistakes, and the text that it was parsed from. Its memory is never freed, as a command ends soon.
struct PolicyFile {
    let file: InputFile
    let shared: SharedPolicy
    let lines: PolicyLines

    private init(_ file: InputFile, _ shared: SharedPolicy) {
        self.file = file
        self.shared = shared
        lines = PolicyLines(file.bytes)
    }

    enum Reading {
        case policy(PolicyFile)
        /// The mistakes in the order of their lines, and how many more there were.
        case mistakes([PolicyMistake], more: Int)
    }

    static func read(_ file: InputFile) throws(Failure) -> Reading {
        let text = file.bytes.span
        guard !file.bytes.starts(with: "untrusted comment: ".utf8) else {
            throw Failure(
                "\(file.name): is signed; pinverdict verify looks at its signature, and what follows its first two "
                    + "lines is the policy: tail -n +3 FILE | pinverdict lint -")
        }
        var sink = AllPolicyMistakes()
        do throws(SharedPolicy.Failure) {
            return .policy(PolicyFile(file, try SharedPolicy.parse(text, BuiltInBackend.automatic, &sink)))
        } catch {
            if error == .hashFailed { throw Failure("the TLS library could not compute SHA-256") }
            guard error == .invalid else { throw Failure("\(file.name): out of memory") }
        }
        var mistakes = sink.mistakes
        mistakes.sort { $0.line < $1.line }
        EncodedHostName.suggest(in: &mistakes, file.bytes)
        return .mistakes(mistakes, more: sink.uncounted)
    }

    /// Reads the policy that a command needs; its mistakes are a failure.
    static func require(_ path: String) throws(Failure) -> PolicyFile { try require(try InputFile(path)) }

    /// The same of a text that begins behind so many lines of its file.
    static func require(_ file: InputFile, behindLines: Int = 0) throws(Failure) -> PolicyFile {
        switch try read(file) {
        case .policy(let policy):
            return policy
        case .mistakes(let mistakes, let more):
            throw Failure(
                mistakes: mistakes.map { "\(file.name):\($0.line + behindLines): error: \($0.message)" }
                    + (more > 0 ? ["\(file.name): and \(counted(more, "error")) more"] : []))
        }
    }
}
