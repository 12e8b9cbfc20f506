// SPDX-License-Identifier: Apache-2.0

/// ASCII letters, digits and control characters.
extension UInt8 {
    static var tab: UInt8 { UInt8(ascii: "\t") }
    static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    static var delete: UInt8 { 0x7f }

    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isLowerLetter: Bool { self &- UInt8(ascii: "a") < 26 }
    var isUpperLetter: Bool { self &- UInt8(ascii: "A") < 26 }
    var isSpace: Bool { self == UInt8(ascii: " ") || self == .tab }
    /// An ASCII letter in lower case; any other byte is the same.
    var lowercased: UInt8 { isUpperLetter ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        if isDigit { return self - UInt8(ascii: "0") }
        let lower = lowercased
        return lower &- UInt8(ascii: "a") < 6 ? lower - UInt8(ascii: "a") + 10 : nil
    }
}

extension Span where Element == UInt8 {
    /// U+FEFF in UTF-8, which some editors write in front of a text.
    var beginsWithByteOrderMark: Bool { count >= 3 && self[0] == 0xef && self[1] == 0xbb && self[2] == 0xbf }

    /// The number that decimal digits alone stand for.
    var decimal: UInt64? {
        guard count > 0, count <= 20 else { return nil }
        var number: UInt64 = 0
        for index in indices {
            guard self[index].isDigit else { return nil }
            let (tens, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(UInt64(self[index] - UInt8(ascii: "0")))
            guard !tooLarge, !overflows else { return nil }
            number = sum
        }
        return number
    }
}
