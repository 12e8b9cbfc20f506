// SPDX-License-Identifier: Apache-2.0

import PolicyStore

@testable import PinVerdictCore

/// Keeps every problem, as `pinverdict lint` does.
struct AllProblems: PolicyProblemSink {
    private(set) var problems: [Problem] = []
    let wantsMore = true

    mutating func report(_ problem: PolicyProblem) { problems.append(Problem(problem)) }
}

struct Problem: Equatable, Sendable {
    let line: Int
    let message: String

    init(_ problem: PolicyProblem) {
        line = problem.line
        message = String(problem.message.text.span)
    }
}

/// A policy that is freed with its last user.
final class TestPolicy: @unchecked Sendable {
    let shared: SharedPolicy

    struct Invalid: Error {
        let problem: Problem
    }

    init(_ text: [UInt8]) throws {
        var sink = FirstPolicyProblem()
        do {
            shared = try SharedPolicy.parse(text.span, TestBackend.any, &sink)
        } catch {
            throw Invalid(problem: Problem(sink.problem!))
        }
    }

    convenience init(_ text: String) throws { try self.init(text.bytes) }

    deinit { shared.release() }

    /// What is reported of a text that is no policy: the first mistake alone.
    static func problem(in text: [UInt8]) -> Problem? {
        do {
            _ = try TestPolicy(text)
            return nil
        } catch {
            return (error as? Invalid)?.problem
        }
    }

    static func problem(in text: String) -> Problem? { problem(in: text.bytes) }

    /// Every mistake in a text.
    static func allProblems(in text: String) -> [Problem] {
        var sink = AllProblems()
        let bytes = text.bytes
        let parsed = try? SharedPolicy.parse(bytes.span, TestBackend.any, &sink)
        parsed?.release()
        return sink.problems
    }

    /// The pattern of the rule that decides for a host; nil for none.
    func rule(for spelling: String, environment: String? = nil) -> String? {
        let policy = shared.policy
        let bytes = spelling.bytes
        let name = (environment ?? "").bytes
        guard let host = HostName(bytes.span),
            let number = policy.rule(for: host, environment: policy.environment(named: name.span))
        else { return nil }
        return String(policy.pattern(of: policy.rules[number]).span)
    }

    /// The pins that a check of a host looks for; nil where that is none.
    func demandedPins(_ spelling: String, environment: String? = nil) -> [DemandedPin]? {
        let policy = shared.policy
        let bytes = spelling.bytes
        let name = (environment ?? "").bytes
        guard let host = HostName(bytes.span) else { return nil }
        var pins: [DemandedPin] = []
        policy.forEachDemandedPin(for: host, environment: policy.environment(named: name.span)) { digest, traits in
            pins.append(DemandedPin(digest, traits))
        }
        return pins
    }
}

/// Pins that are no certificate's, in base64.
enum SparePin {
    static let first = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQA="
    static let second = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgA="
    static let third = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwA="

    /// What a rule needs.
    static let pair = "pin-sha256 = \(first)\nbackup-pin-sha256 = \(second)\n"
}
