// SPDX-License-Identifier: Apache-2.0

/// What to say of a host that is neither a name nor an address.
enum MalformedHost {
    static func message(_ host: String) -> String {
        let message = "host \"\(host.printable)\" is neither a host name nor an IP address"
        if let port = host.split(separator: ":", omittingEmptySubsequences: false).last,
            host.contains(where: { $0 == ":" }),
            !port.isEmpty, port.allSatisfy({ $0.isASCII && $0.isNumber })
        {
            return "\(message): write it without its port; a rule is for every port of it"
        }
        guard let encoded = EncodedHostName.text(host) else { return message }
        return "\(message); its name in certificates and policies is \(encoded)"
    }
}
