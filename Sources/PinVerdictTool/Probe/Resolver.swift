// SPDX-License-Identifier: Apache-2.0

/// Looks names up in threads of their own: a look-up cannot be ended, so one that takes too long is left alone.
final class Resolver: Sendable {
    /// Look-ups under way, those that were left alone too.
    private let running = Monitor(0)
    private let limit: Int

    private typealias Answer = Result<[ServerAddress], NotReached>

    /// - Parameter limit: How many look-ups there may be at once.
    init(limit: Int) { self.limit = limit }

    func addresses(of target: ProbeTarget, until deadline: Deadline) throws(NotReached) -> [ServerAddress] {
        let (host, port) = (target.spelling, target.port)
        guard !target.isAddress else { return try ServerAddress.all(of: host, port: port, isAddress: true) }
        let isRunning: Void? = running.wait(until: deadline) { count in
            if count >= limit { return nil }
            count += 1
        }
        guard isRunning != nil else { throw .timedOut("the name was not looked up", deadline) }
        let answer = Monitor<Answer?>(nil)
        let hasStarted = Worker.start { [running] in
            let found = Answer { () throws(NotReached) in
                try ServerAddress.all(of: host, port: port, isAddress: false)
            }
            running.withValue { $0 -= 1 }
            answer.withValue { $0 = found }
        }
        guard hasStarted else {
            running.withValue { $0 -= 1 }
            throw NotReached("the system gives no thread for looking the name up; a lower --parallel needs fewer")
        }
        guard let found = answer.wait(until: deadline, { $0 }) else {
            throw .timedOut("the name was not looked up", deadline)
        }
        return try found.get()
    }
}
