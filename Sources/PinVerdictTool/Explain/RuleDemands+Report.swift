// SPDX-License-Identifier: Apache-2.0

extension RuleDemands {
    /// Adds what the rule demands, and for each pin where it stands and what `note` says of it.
    func write(to report: inout Report, fileName: String, note: (PolicyPin) -> String? = { _ in nil }) {
        let width = (lists.flatMap(\.pins) + rejectedKeys).map(\.key.count).max() ?? 0
        func lines(_ pins: [PolicyPin]) -> [String] {
            pins.map { pin in
                let set = pin.set.map { " [pin-set \($0)]" } ?? ""
                let note = note(pin).map { ", \($0)" } ?? ""
                let place = Place.text(fileName, pin.line)
                return "  \(pin.key.padded(to: width)) = \(pin.digest.base64)  \(place)\(set)\(note)"
            }
        }
        for (number, list) in lists.enumerated() {
            report.add(number == 0 ? "demands" : "and", "\(place(of: list.list)) has one of")
            report.add("", lines(list.pins))
        }
        if let scts { report.add("and", scts) }
        if !rejectedKeys.isEmpty {
            report.add("rejects", "every path that has one of")
            report.add("", lines(rejectedKeys))
        }
        if let expiry { report.add("expires", expiry) }
    }
}
