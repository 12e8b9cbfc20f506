// SPDX-License-Identifier: Apache-2.0

/// ASCII letters and digits.
extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLowerLetter: Bool { self &- 0x61 < 26 }
    var isUpperLetter: Bool { self &- 0x41 < 26 }
    var isSpace: Bool { self == 0x20 || self == 0x09 }
    /// An ASCII letter in lower case; any other byte is the same.
    var lowercased: UInt8 { isUpperLetter ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        if isDigit { return self - 0x30 }
        let lower = lowercased
        return lower &- 0x61 < 6 ? lower - 0x61 + 10 : nil
    }
}
