// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PolicyDateTests {
    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-01-02", 1), ("1970-12-31", 364), ("1971-01-01", 365), ("1972-02-28", 788),
            ("1972-02-29", 789), ("1972-03-01", 790), ("2000-02-29", 11016), ("2000-03-01", 11017),
            ("2026-11-20", 20777),
            ("2027-06-30", 20999), ("2028-02-29", 21243), ("2038-01-19", 24855), ("2096-02-29", 46080),
            ("2100-02-28", 47540), ("2100-03-01", 47541), ("2400-02-29", 157113), ("9999-12-31", 2932896),
        ] as [(String, Int32)])
    func `days since 1970`(_ text: String, _ expected: Int32) {
        #expect(days(text) == expected)
    }

    @Test(arguments: [
        // Days that the calendar does not have.
        "2027-02-29", "2027-02-30", "2028-02-30", "2100-02-29", "2027-04-31", "2027-06-31", "2027-09-31", "2027-11-31",
        "2027-01-32", "2027-12-32", "2027-00-01", "2027-13-01", "2027-01-00", "2027-99-99",
        // Years out of range.
        "1969-12-31", "0000-01-01", "10000-01-01",
        // Other ways to write one: TrustKit took a malformed date for none.
        "", "2027", "2027-06", "2027-6-30", "2027-06-3", "27-06-30", "2027/06/30", "2027.06.30", "20270630",
        "2027-06-30 ",
        " 2027-06-30", "2027-06-30T00:00:00Z", "2027-06-30 12:00", "30-06-2027", "06-30-2027", "2027-Jun-30",
        "+027-06-30",
        "2027-+6-30", "2027--6-30", "-027-06-30", "2027-06-3o", "2O27-06-30", "2027-06_30", "2027-0630-", "never",
        "1814313600",
        "２０２７-06-30",
    ])
    func `what is no date`(_ text: String) {
        #expect(days(text) == nil)
    }

    /// Every day from 1970 to 9999, in order, is the one after the one before.
    @Test func `every day`() {
        var expected: Int32 = 0
        for year in 1970...9999 {
            for month in 1...12 {
                let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
                // The first and the last day of each month, and the one after it.
                if days(text(year, month, 1)) != expected { Issue.record("\(year)-\(month)-1") }
                expected += Int32(length)
                if days(text(year, month, length)) != expected - 1 { Issue.record("\(year)-\(month)-\(length)") }
                if days(text(year, month, length + 1)) != nil { Issue.record("\(year)-\(month)-\(length + 1)") }
            }
        }
    }

    private func text(_ year: Int, _ month: Int, _ day: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    private func days(_ text: String) -> Int32? {
        let bytes = text.bytes
        return PolicyDate.days(bytes.span)
    }
}
