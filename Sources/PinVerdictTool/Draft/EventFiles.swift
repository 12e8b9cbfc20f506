// SPDX-License-Identifier: Apache-2.0

/// Reads files of events, a line each. What is no event is told, and the rest is read all the same.
struct EventFiles {
    /// What is wrong, a line each, as far as that is told.
    private(set) var mistakes: [String] = []
    private var untold = 0

    /// Mistakes that are told.
    private static let maximumMistakes = 20

    mutating func read(_ paths: [String], into draft: inout Draft) throws(Failure) {
        for path in paths {
            var reader = try LineReader(path, limit: ObservedEvent.maximumLine)
            while let line = try reader.next() {
                do throws(Failure) {
                    switch line {
                    case .line(let bytes):
                        if !bytes.allSatisfy(\.isBlank) { try draft.add(ObservedEvent(bytes)) }
                    case .tooLong:
                        throw Failure("longer than an event: more than \(ObservedEvent.maximumLine >> 10) KiB")
                    }
                } catch {
                    tell("\(reader.name):\(reader.number): error: \(error.message)")
                }
            }
        }
        if untold > 0 { mistakes.append("and \(counted(untold, "error")) more") }
    }

    private mutating func tell(_ mistake: String) {
        guard mistakes.count < EventFiles.maximumMistakes else {
            untold += 1
            return
        }
        mistakes.append(mistake)
    }
}
