// SPDX-License-Identifier: Apache-2.0

import BackendSupport
import BuiltInBackends

extension BuiltInBackend {
    /// Such as "OpenSSL 3.0.17, GnuTLS 3.7.9".
    static var libraries: String { allCases.map { String($0.library.span) }.joined(separator: ", ") }

    /// An encoded X.500 name as RFC 4514 text in printable ASCII; nil for what the library cannot read.
    func text(ofName encoded: Span<UInt8>) -> String? {
        withText(ofName: encoded) { text in
            var result = ""
            for index in text.indices {
                let byte = text[index]
                if byte.isPrintable {
                    result.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    // Libraries may leave these as they are; RFC 4514, 2.4, lets any byte be `\XX`.
                    result += (byte < 16 ? "\\0" : "\\") + String(byte, radix: 16, uppercase: true)
                }
            }
            return result
        }
    }
}
