// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension PinKind {
    /// The policy key, such as "pin-sha256".
    var name: String { String(keyName) }

    /// The member of a JSON object, such as "pin_sha256".
    var jsonName: String { String(name.map { $0 == "-" ? "_" : $0 }) }

    static var all: [PinKind] { (0..<count).compactMap { PinKind(index: $0) } }

    /// A member for each kind; null for one that is not among the pins.
    static func json(_ pins: [(kind: PinKind, digest: Digest)]) -> [(name: String, value: JSON)] {
        all.map { kind in (kind.jsonName, JSON(pins.first { $0.kind == kind }?.digest.base64)) }
    }
}

extension PinList {
    static var all: [PinList] { (0..<count).compactMap { PinList(index: $0) } }
}

extension Digest {
    /// Nil for what is not 32 octets in base64.
    init?(base64 text: String) {
        guard let octets = try? Base64.octets(Array(text.utf8).span), octets.count == Digest.size else { return nil }
        self.init()
        for (index, octet) in octets.enumerated() { self[index] = octet }
    }

    var base64: String { Base64.text((0..<Digest.size).map { self[$0] }) }
}
