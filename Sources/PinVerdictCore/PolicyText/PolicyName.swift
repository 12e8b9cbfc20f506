// SPDX-License-Identifier: Apache-2.0

/// Names of pin sets and environments.
public enum PolicyName {
    /// 1 to 63 ASCII letters, digits, `-`, `_` or `.`
    public static func isValid(_ name: Span<UInt8>) -> Bool {
        guard name.count >= 1, name.count <= Limits.name else { return false }
        for index in name.indices {
            let byte = name[index].lowercased
            guard
                byte.isLowerLetter || byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: ".")
            else {
                return false
            }
        }
        return true
    }
}
