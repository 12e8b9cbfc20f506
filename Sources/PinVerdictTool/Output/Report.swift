// SPDX-License-Identifier: Apache-2.0

/// Text in two columns: a name, and the lines that belong to it.
struct Report {
    private(set) var text = ""

    private static let width = 13

    mutating func add(_ name: String, _ lines: String...) { add(name, lines) }

    mutating func add(_ name: String, _ lines: [String], _ colour: Colour? = nil) {
        for (number, line) in lines.enumerated() {
            let column = (number == 0 ? name : "").padded(to: Report.width)
            text += (colour?.on(column) ?? column) + line + "\n"
        }
    }

    mutating func addGap() { text += "\n" }
}
