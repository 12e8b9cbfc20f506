// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A mistake in a policy, in words.
struct PolicyMistake {
    let line: Int
    var message: String
}

/// Keeps the mistakes that a parser finds, at most ``maximum``; nobody reads more.
struct AllPolicyMistakes: PolicyProblemSink {
    private(set) var mistakes: [PolicyMistake] = []
    /// How many more there were.
    private(set) var uncounted = 0

    static let maximum = 10_000

    let wantsMore = true

    mutating func report(_ problem: PolicyProblem) {
        guard mistakes.count < AllPolicyMistakes.maximum else {
            uncounted += 1
            return
        }
        mistakes.append(PolicyMistake(line: problem.line, message: String(problem.message.text.span)))
    }
}
