// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Files of signify's and minisign's.
enum Base64Text {
    static func line(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() + "\n" }

    /// A comment, and a line of base64.
    static func file(_ comment: String, _ octets: [UInt8]) -> [UInt8] { Array("\(comment)\n\(line(octets))".utf8) }
}
