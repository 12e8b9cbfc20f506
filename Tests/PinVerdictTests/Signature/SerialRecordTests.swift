// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct SerialRecordTests {
    /// Its id is 16 digits of this one; keys of one id differ in their octets.
    private func key(_ digit: UInt8, octet: UInt8 = 3) throws -> SigningKey {
        let id = [UInt8](repeating: digit << 4 | digit, count: 8)
        let text = Base64Text.file("untrusted comment: x", "Ed".bytes + id + [UInt8](repeating: octet, count: 32))
        return try SigningKey(text.span)
    }

    private func record(_ keys: SigningKey...) -> SerialRecord {
        var all = SigningKeys()
        for key in keys { _ = all.add(key) }
        return SerialRecord(all)
    }

    private func read(_ record: inout SerialRecord, _ text: String) -> Int? {
        let bytes = text.bytes
        return record.read(bytes.span)
    }

    private func enter(_ record: inout SerialRecord, _ serial: UInt64, by signer: SigningKey?) -> Bool {
        record.enter(serial, by: signer)
    }

    private func text(_ record: SerialRecord) -> String { String(record.text.span) }

    @Test func `a line for each key`() throws {
        let (one, two) = (try key(1), try key(2))
        var record = record(one, two)
        #expect(record.highest == 0 && text(record) == "")
        #expect(enter(&record, 7, by: two))
        #expect(!enter(&record, 7, by: two))
        #expect(!enter(&record, 6, by: two))
        #expect(record.highest == 7 && text(record) == "2222222222222222 7\n")
        #expect(enter(&record, .max, by: one))
        #expect(text(record) == "1111111111111111 18446744073709551615\n2222222222222222 7\n")
        var again = self.record(one, two)
        #expect(read(&again, text(record)) == nil)
        #expect(text(again) == text(record) && again.highest == .max)
    }

    @Test func `lines of keys that are gone`() throws {
        var record = record(try key(2))
        #expect(read(&record, "1111111111111111 18446744073709551615\n2222222222222222 7\nunsigned 9\n") == nil)
        #expect(record.highest == 7 && text(record) == "2222222222222222 7\n")
    }

    @Test func `keys of one id have one line`() throws {
        let (one, other) = (try key(1), try key(1, octet: 4))
        var record = record(one, other)
        #expect(enter(&record, 5, by: other))
        #expect(text(record) == "1111111111111111 5\n")
        var again = self.record(one, other)
        #expect(read(&again, text(record)) == nil)
        #expect(again.highest == 5)
        #expect(!enter(&again, 5, by: one))
    }

    @Test func `eight keys fit`() throws {
        let keys = try (1...8).map { try key($0) }
        var all = SigningKeys()
        for key in keys { _ = all.add(key) }
        var record = SerialRecord(all)
        for key in keys { _ = record.enter(.max, by: key) }
        #expect(!record.text.isTruncated && text(record).split(separator: "\n").count == 8)
    }

    @Test func `without keys`() {
        var record = record()
        #expect(enter(&record, 3, by: nil))
        #expect(text(record) == "unsigned 3\n")
        #expect(read(&record, "unsigned 3\n") == 1)
        var again = self.record()
        #expect(read(&again, "1111111111111111 9\nunsigned 3\n") == nil)
        #expect(again.highest == 3)
    }

    @Test(
        arguments: [
            ("", 1), ("\n", 1), ("unsigned 3", 1), ("unsigned 3\n\n", 2), ("unsigned 3\nunsigned 4\n", 2),
            ("unsigned 0\n", 1), ("unsigned 18446744073709551616\n", 1), ("1111111111111111 3\nabc 4\n", 2),
            ("aaaaaaaaaaaaaaaa 3\n", 1), ("unsigned 3\r\n", 1),
        ])
    func `damaged`(_ text: String, _ line: Int) {
        var record = record()
        #expect(read(&record, text) == line)
    }
}
