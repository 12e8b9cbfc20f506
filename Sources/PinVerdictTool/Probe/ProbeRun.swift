// SPDX-License-Identifier: Apache-2.0

/// Many servers at once, by a bounded number of threads; their results in order.
struct ProbeRun {
    let targets: [ProbeTarget]
    let parallel: Int
    let probe: @Sendable (ProbeTarget) -> ProbeResult

    private struct State {
        /// The next target that a thread takes.
        var next = 0
        var results: [Int: ProbeResult] = [:]
        /// Results that have been taken.
        var taken = 0
        var finished: Int { taken + results.count }
    }

    /// How far threads may be ahead of the first result that is still to come, in targets for each thread.
    private static let lead = 32

    /// - Parameter body: Is given each result, in the order of the targets.
    func run(_ body: (ProbeResult) throws -> Void) throws {
        let state = Monitor(State())
        let threads = min(parallel, targets.count)
        let started = (0..<threads).count { _ in Worker.start { [self] in work(state) } }
        guard started > 0 else { throw Failure("the system gives no thread") }
        var bar = ProgressBar(total: targets.count)
        defer { bar?.clear() }
        for index in targets.indices {
            let result = next(index, state, &bar)
            bar?.clear()
            try body(result)
        }
    }

    private func next(_ index: Int, _ state: Monitor<State>, _ bar: inout ProgressBar?) -> ProbeResult {
        while true {
            bar?.show(state.withValue(\.finished))
            let pause = bar == nil ? nil : Deadline(after: 0.1)
            let result = state.wait(until: pause) { state in
                let result = state.results.removeValue(forKey: index)
                if result != nil { state.taken += 1 }
                return result
            }
            if let result { return result }
        }
    }

    private func work(_ state: Monitor<State>) {
        while true {
            let lead = parallel * ProbeRun.lead
            let index: Int? = state.wait { state in
                if state.next < targets.count, state.next - state.taken >= lead { return nil }
                state.next += 1
                return state.next - 1
            }
            guard let index, targets.indices.contains(index) else { return }
            let result = probe(targets[index])
            state.withValue { $0.results[index] = result }
        }
    }
}
