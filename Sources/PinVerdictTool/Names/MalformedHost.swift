// SPDX-License-Identifier: Apache-2.0

/// What to say of a host that is neither a name nor an address.
enum MalformedHost {
    static func message(_ host: String) -> String {
        let message = "host \"\(host.printable)\" is neither a host name nor an IP address"
        guard let encoded = EncodedHostName.text(host) else { return message }
        return "\(message); its name in certificates and policies is \(encoded)"
    }
}
