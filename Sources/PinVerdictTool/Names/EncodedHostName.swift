// SPDX-License-Identifier: Apache-2.0

import CIDN2
import PinVerdictCore

/// Host names in the encoding that policies and certificates have them in (RFC 5890).
enum EncodedHostName {
    /// The ASCII form of a host name; nil where it is in ASCII already, or is not valid.
    static func text(_ name: String) -> String? {
        guard !name.unicodeScalars.allSatisfy(\.isASCII), !name.utf8.contains(UInt8(ascii: "\0")) else { return nil }
        var output: UnsafeMutablePointer<CChar>?
        let status = unsafe idn2_to_ascii_8z(name, &output, Int32(IDN2_NONTRANSITIONAL.rawValue))
        guard status == IDN2_OK.rawValue, let output = unsafe output else { return nil }
        defer { unsafe idn2_free(output) }
        let text = unsafe String(cString: output)
        let bytes = Array(text.utf8)
        return HostName(bytes.span) == nil ? nil : text
    }

    /// The same for a host pattern.
    static func text(ofPattern pattern: String) -> String? {
        pattern.hasPrefix("*.") ? text(String(pattern.dropFirst(2))).map { "*." + $0 } : text(pattern)
    }

    /// Adds to each mistake about a `[host]` with non-ASCII letters what to write instead.
    static func suggest(in mistakes: inout [PolicyMistake], _ text: [UInt8]) {
        var outline = PolicyOutline(text.span)
        var next = 0
        while next < mistakes.count, let entry = outline.next() {
            while next < mistakes.count, mistakes[next].line < entry.line { next += 1 }
            guard next < mistakes.count, mistakes[next].line == entry.line, entry.part == .host,
                let encoded = Self.text(ofPattern: String(text.span.extracting(entry.name)))
            else { continue }
            mistakes[next].message += ": [host \(encoded)]"
        }
    }
}
