// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// Where the sections and pins of a policy without mistakes stand in its text, by the numbers that the policy
/// gives them.
struct PolicyLines {
    struct Section {
        let line: Int
        /// Where the header's line begins in the text.
        let start: Int
        /// Where the header's argument lies in the text.
        let name: Range<Int>
    }

    private let text: [UInt8]
    private(set) var policy: Section?
    private(set) var rules: [Section] = []
    private(set) var sets: [Section] = []
    /// `[ct-logs]`
    private(set) var logList: Section?
    private(set) var logs: [Section] = []
    private var pins: [Int32] = []

    init(_ text: [UInt8]) {
        self.text = text
        var outline = PolicyOutline(text.span)
        while let entry = outline.next() {
            let section = Section(line: entry.line, start: entry.start, name: entry.name)
            switch entry.part {
            case .policy: policy = section
            case .host: rules.append(section)
            case .pinSet: sets.append(section)
            case .pin: pins.append(Int32(truncatingIfNeeded: entry.line))
            case .logs: logList = section
            case .log: logs.append(section)
            case .setting, .rejectedPin, .unknownSection: break
            }
        }
    }

    func rule(_ number: Int) -> Section? { rules.indices.contains(number) ? rules[number] : nil }
    func set(_ number: Int) -> Section? { sets.indices.contains(number) ? sets[number] : nil }
    func log(_ number: Int) -> Section? { logs.indices.contains(number) ? logs[number] : nil }
    func line(ofPin number: Int) -> Int? { pins.indices.contains(number) ? Int(pins[number]) : nil }

    func setName(_ number: Int) -> String { set(number).map { String(text.span.extracting($0.name)) } ?? "?" }

    /// The line of a key in a section, and its value; nil where the section does not have the key.
    func setting(_ key: String, in section: Section?) -> (line: Int, value: String)? {
        guard let section else { return nil }
        let rest = text.span.extracting(section.start..<text.count)
        var outline = PolicyOutline(rest)
        _ = outline.next()
        while let entry = outline.next() {
            switch entry.part {
            case .policy, .host, .pinSet, .logs, .log, .unknownSection: return nil
            case .pin, .rejectedPin: continue
            case .setting:
                guard String(rest.extracting(entry.name)) == key else { continue }
                return (section.line - 1 + entry.line, String(rest.extracting(entry.value)))
            }
        }
        return nil
    }
}
