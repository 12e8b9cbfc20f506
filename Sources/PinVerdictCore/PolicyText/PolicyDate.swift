// SPDX-License-Identifier: Apache-2.0

/// Calendar dates of a policy file: `YYYY-MM-DD` in the proleptic Gregorian calendar, from 1970 to 9999.
public enum PolicyDate {
    /// Days since 1970-01-01; nil for anything but a real date.
    public static func days(_ text: Span<UInt8>) -> Int32? {
        guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text.extracting(0..<4)), year >= 1970,
            let month = number(text.extracting(5..<7)), month >= 1, month <= 12,
            let day = number(text.extracting(8..<10)), day >= 1, day <= length(month, year)
        else { return nil }
        var days = (year - 1970) * 365
        // Leap days of the years from 1970 up to the one before `year`; 477 came before 1970.
        let before = year - 1
        days += before / 4 - before / 100 + before / 400 - 477
        for earlier in 1..<month { days += length(earlier, year) }
        return Int32(days + day - 1)
    }

    /// Seconds since 1970-01-01 00:00:00 UTC, of a date and a time `YYYY-MM-DDThh:mm:ssZ`; nil for anything else.
    package static func seconds(_ text: Span<UInt8>) -> Int64? {
        guard text.count == 20, let day = days(text.extracting(first: 10)), text[10] == UInt8(ascii: "T"),
            text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text[19] == UInt8(ascii: "Z"),
            let hour = number(text.extracting(11..<13)), hour < 24,
            let minute = number(text.extracting(14..<16)), minute < 60,
            let second = number(text.extracting(17..<19)), second < 60
        else { return nil }
        return Int64(day) * 86400 + Int64(hour * 3600 + minute * 60 + second)
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func number(_ text: Span<UInt8>) -> Int? {
        var number = 0
        for index in text.indices {
            guard text[index].isDigit else { return nil }
            number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return number
    }
}
