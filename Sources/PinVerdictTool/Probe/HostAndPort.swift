// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// `HOST`, `HOST:PORT`, an IPv6 address alone or `[ADDRESS]:PORT`.
struct HostAndPort {
    /// As it was written, without brackets: what is looked up.
    let spelling: String
    /// The canonical form: what is verified and pinned.
    let host: String
    let isAddress: Bool
    let port: UInt16?

    init(_ text: String) throws(Failure) {
        guard !text.contains("://"), !text.contains("/") else {
            throw Failure("\"\(text.printable)\": give the host alone, as in api.example.com or api.example.com:443")
        }
        let (host, port) = HostAndPort.parts(text)
        let bytes = Array(host.utf8)
        guard let name = HostName(bytes.span) else { throw Failure(MalformedHost.message(host)) }
        if let port {
            guard let number = UInt16(port), number > 0, port.utf8.allSatisfy(\.isDigit) else {
                throw Failure("\"\(text.printable)\": a port is a number from 1 to 65535")
            }
            self.port = number
        } else {
            self.port = nil
        }
        spelling = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.host = String(name.text.span)
        isAddress = name.isAddress
    }

    static func parts(_ text: String) -> (host: String, port: String?) {
        guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
        let before = text[..<colon]
        // A colon within an IPv6 address is none before a port.
        guard before.hasSuffix("]") || !before.contains(":") else { return (text, nil) }
        return (String(before), String(text[text.index(after: colon)...]))
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
