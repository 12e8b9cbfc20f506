// SPDX-License-Identifier: Apache-2.0

/// Prints findings as they come.
struct CTOutput {
    private let printsJSON: Bool
    private let printsAll: Bool
    /// Something was found that somebody has to look at.
    private(set) var hasAlarm = false

    /// - Parameter all: What is as it should be is printed, too.
    init(json: Bool, all: Bool) {
        printsJSON = json
        printsAll = all
    }

    mutating func add(_ findings: [CTFinding]) throws(Failure) {
        for finding in findings where finding.kind.isAlarm || printsAll {
            if finding.kind.isAlarm { hasAlarm = true }
            try StandardOutput.write(printsJSON ? finding.json : finding.text)
        }
    }
}
