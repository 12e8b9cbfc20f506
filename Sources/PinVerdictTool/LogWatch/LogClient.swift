// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Asks one log, again where it does not answer as it should, after pauses that grow.
final class LogClient {
    let log: LogDescription
    private let http: HTTPClient
    private let patience: Patience

    struct Patience: Sendable {
        /// Of one question.
        let tries: Int
        /// Before the second, in seconds; the next are longer each.
        let firstPause: Double
        /// For which a log that says so is waited for, in seconds.
        let longestPause: Double
    }

    init(_ log: LogDescription, _ http: HTTPClient, _ patience: Patience) {
        self.log = log
        self.http = http
        self.patience = patience
    }

    /// - Parameters:
    ///   - path: Behind the log's URL.
    ///   - limit: Of the answer, in bytes.
    ///   - misfit: What an answer is that cannot be read.
    ///   - read: Nil for what is no answer to this question.
    func get<Answer>(
        _ path: String, limit: Int, misfit: String = "not what a log answers", _ read: ([UInt8]) -> Answer?
    ) throws(LogFailure) -> Answer {
        var pause = patience.firstPause
        var tries = 1
        while true {
            let failure: LogFailure
            var shortest = 0.0
            do throws(LogFailure) {
                let url = log.url + path
                if let answer = read(try http.get(url, limit: limit)) { return answer }
                failure = .unusable("\(url): \(misfit)")
            } catch {
                failure = error
            }
            switch failure {
            case .missing, .tooLarge, .contradiction: throw failure
            case .busy(_, let seconds): shortest = Double(seconds)
            case .unusable: break
            }
            guard tries < patience.tries, shortest <= patience.longestPause else { throw failure }
            LogClient.sleep(max(pause, shortest))
            pause = min(pause * 2, patience.longestPause)
            tries += 1
        }
    }

    static func sleep(_ seconds: Double) {
        var asked = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
        var left = timespec()
        while unsafe nanosleep(&asked, &left) != 0, errno == EINTR { asked = left }
    }
}
