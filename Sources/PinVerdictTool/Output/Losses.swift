// SPDX-License-Identifier: Apache-2.0

/// What one form of pins says and another cannot, each with its line in the file that says it.
struct Losses {
    private let file: String
    private var losses: [(line: Int?, message: String)] = []

    init(of file: String) { self.file = file }

    mutating func add(_ line: Int?, _ message: String) { losses.append((line, message)) }

    private var sorted: [(line: Int?, message: String)] {
        losses.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }
            .map(\.element)
    }

    /// Without the file's name.
    var comments: [String] {
        sorted.map { "not expressed: " + ($0.line.map { "line \($0): " } ?? "") + $0.message }
    }

    /// What a ``Document`` has of them.
    var members: [(name: String, value: JSON)] {
        let losses = sorted.map { JSON.object([("line", JSON($0.line)), ("message", .string($0.message))]) }
        return [("losses", .array(losses))]
    }

    /// Says each on standard error. Throws them where they are not to be.
    func report(strictly isStrict: Bool) throws(Failure) {
        func lines(_ kind: String) -> [String] {
            sorted.map { "\(Place.text(file, $0.line)): \(kind)\($0.message)" }
        }
        guard !isStrict || losses.isEmpty else { throw Failure(mistakes: lines("error: not expressed: "), members) }
        for line in lines("not expressed: ") { StandardError.print(line) }
    }
}
