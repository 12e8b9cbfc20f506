// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The passphrases of private keys: the first line of a file, or what is typed at the terminal.
final class PassphraseSource {
    private let fromFile: [UInt8]?
    /// Whether a key has asked, and whether there was an answer.
    private(set) var state = State.notAsked

    enum State {
        case notAsked
        case given
        case missing
    }

    static let maximumSize = 1024

    init(file path: String?) throws(Failure) {
        guard let path else {
            fromFile = nil
            return
        }
        let file = try InputFile(path)
        let line = file.bytes.prefix { $0 != 0x0a && $0 != 0x0d }
        guard line.count >= 1, line.count <= PassphraseSource.maximumSize else {
            throw Failure(
                "\(file.name): the passphrase, its first line, has 1 to \(PassphraseSource.maximumSize) bytes")
        }
        fromFile = Array(line)
    }

    func beginKey() { state = .notAsked }

    /// The passphrase; nil where there is nobody to ask.
    func passphrase(askAtTerminal ask: () -> [UInt8]?) -> [UInt8]? {
        let passphrase = fromFile ?? (PassphraseSource.hasTerminal ? ask() : nil)
        state = passphrase == nil ? .missing : .given
        return passphrase
    }

    private static var hasTerminal: Bool {
        let descriptor = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
