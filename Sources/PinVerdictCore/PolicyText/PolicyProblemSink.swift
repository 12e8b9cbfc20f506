// SPDX-License-Identifier: Apache-2.0

/// Takes the problems that a parser finds, in the order in which it finds them.
public protocol PolicyProblemSink {
    mutating func report(_ problem: PolicyProblem)
    /// Whether the parser should go on to look for more.
    var wantsMore: Bool { get }
}

/// Keeps the first problem and stops the parser.
public struct FirstPolicyProblem: PolicyProblemSink {
    public private(set) var problem: PolicyProblem?
    public var wantsMore: Bool { problem == nil }

    public init() {}

    public mutating func report(_ problem: PolicyProblem) {
        if self.problem == nil { self.problem = problem }
    }
}

/// Passes problems on to a sink, and counts them.
struct PolicyProblemLog<Sink: PolicyProblemSink> {
    private(set) var sink: Sink
    private(set) var count = 0

    init(_ sink: Sink) { self.sink = sink }

    var isEmpty: Bool { count == 0 }
    var wantsMore: Bool { isEmpty || sink.wantsMore }

    @inline(never)
    mutating func report(_ line: Int, _ message: PolicyProblem.Message) {
        count += 1
        sink.report(PolicyProblem(line: line, message: message))
    }
}
