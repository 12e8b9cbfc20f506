// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// What to say of a host that is neither a name nor an address.
enum MalformedHost {
    static func message(_ host: String) -> String {
        let message = "host \"\(host.printable)\" is neither a host name nor an IP address"
        if let encoded = EncodedHostName.text(host) {
            return "\(message); its name in certificates and policies is \(encoded)"
        }
        guard let name = name(in: host) else { return message }
        return "\(message); write the host alone: \(name)"
    }

    /// The host in a URL, or before a port.
    private static func name(in text: String) -> String? {
        var rest = Substring(text)
        if let scheme = rest.firstRange(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
        }
        let host = HostAndPort.parts(String(rest)).host
        return HostName(Array(host.utf8).span).map { String($0.text.span) }
    }
}
