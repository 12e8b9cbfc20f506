// SPDX-License-Identifier: Apache-2.0

/// One CAA record (RFC 8659, section 4.1).
struct CAARecord {
    /// Who does not know the tag must not issue.
    let isCritical: Bool
    /// In lower case, since case does not count.
    let tag: String
    let value: String

    /// The tags of RFC 8659, and those that have been registered since.
    static let known: Set<String> = [
        "issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc",
    ]

    /// Nil where the record has no tag as the RFC wants it.
    init?(_ data: [UInt8]) {
        guard data.count >= 3, data[1] > 0, data.count >= 2 + Int(data[1]) else { return nil }
        let tag = data[2..<2 + Int(data[1])]
        guard tag.allSatisfy({ $0.isLetter || $0.isDigit }) else { return nil }
        isCritical = data[0] & 0x80 != 0
        self.tag = String(decoding: tag, as: UTF8.self).lowercased()
        value = String(decoding: data[(2 + tag.count)...], as: UTF8.self)
    }

    /// The CA that an `issue` or `issuewild` names, in lower case; nil for one that names nobody, as a value does
    /// that is not well formed.
    var issuer: String? {
        let domain = value.prefix { $0 != ";" }.trimmed.lowercased()
        let isName = domain.utf8.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        return isName && !domain.isEmpty && !domain.hasPrefix(".") && !domain.hasSuffix(".") ? domain : nil
    }

    /// Whether it is for one account of the CA (RFC 8657).
    var namesAccount: Bool {
        value.split(separator: ";").dropFirst().contains { $0.trimmed.lowercased().hasPrefix("accounturi=") }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
