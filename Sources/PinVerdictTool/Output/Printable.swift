// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text with what could steer a terminal, or break a line in two, written as `\u{…}`: file names and
    /// certificates come from anywhere.
    var printable: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension String {
    init(_ text: StaticString) { self = text.description }

    /// Bytes that are text, or nearly: what is not UTF-8 in them shows as U+FFFD.
    init(_ bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Filled up with spaces to a column.
    func padded(to width: Int) -> String {
        let missing = width - count
        return missing > 0 ? self + String(repeating: " ", count: missing) : self
    }
}

extension UInt8 {
    /// A printable ASCII character, the space included.
    var isPrintable: Bool { self >= UInt8(ascii: " ") && self <= UInt8(ascii: "~") }
}

/// "1 error", "2 errors"
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
