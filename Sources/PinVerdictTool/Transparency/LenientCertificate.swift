// SPDX-License-Identifier: Apache-2.0

/// The names of a certificate, read from whatever looks like one: who is not to be seen writes what a strict parser
/// refuses.
struct LenientCertificate {
    /// Names of hosts, in lower case, that a client could take the certificate for; some have a `*`.
    private(set) var names: Set<String> = []
    /// Parts could not be read, and names may have been in them.
    private(set) var isUnreadable = false
    /// It has the extension that keeps clients from using it (RFC 6962, section 3.1).
    private(set) var isPrecertificate = false
    /// In hexadecimal; empty where it cannot be read.
    private(set) var serial = ""

    private static let commonName: [UInt8] = [0x55, 0x04, 0x03]
    private static let subjectAlternativeName: [UInt8] = [0x55, 0x1d, 0x11]
    private static let poison: [UInt8] = [0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x03]
    /// Identifier octets of `dNSName` and `iPAddress` in a GeneralName, and of the extensions in a TBSCertificate.
    private static let hostName: UInt8 = 0x82
    private static let address: UInt8 = 0x87
    private static let extensions: UInt8 = 0xa3

    init(_ bytes: [UInt8]) {
        if let outer = DERElement(bytes[...]), outer.rest.isEmpty, let content = outer.parts.first,
            content.tag == DERElement.sequence,
            let fields = content.wholeParts
        {
            read(fields)
        } else {
            isUnreadable = true
        }
    }

    /// Fields of a TBSCertificate: in the order that they have, a version may stand before the serial number.
    private mutating func read(_ fields: [DERElement]) {
        guard let start = fields.firstIndex(where: { $0.tag == DERElement.integer }), fields.count > start + 5,
            let subject = fields[start + 4].wholeParts
        else {
            isUnreadable = true
            return
        }
        serial = fields[start].content.hexadecimal
        for part in subject { readName(part) }
        for field in fields where field.tag == Self.extensions {
            guard let list = field.wholeParts, list.count == 1, let extensions = list[0].wholeParts else {
                isUnreadable = true
                continue
            }
            for part in extensions { readExtension(part) }
        }
    }

    /// A RelativeDistinguishedName.
    private mutating func readName(_ part: DERElement) {
        guard let attributes = part.wholeParts else {
            isUnreadable = true
            return
        }
        for attribute in attributes {
            guard let parts = attribute.wholeParts, parts.count == 2 else {
                isUnreadable = true
                continue
            }
            if parts[0].content.elementsEqual(Self.commonName) { add(DirectoryText.octets(parts[1])) }
        }
    }

    private mutating func readExtension(_ part: DERElement) {
        guard let parts = part.wholeParts, let identifier = parts.first, let value = parts.last, parts.count <= 3 else {
            isUnreadable = true
            return
        }
        if identifier.content.elementsEqual(Self.poison) { isPrecertificate = true }
        guard identifier.content.elementsEqual(Self.subjectAlternativeName) else { return }
        guard value.tag == DERElement.octetString, let list = DERElement(value.content), list.rest.isEmpty,
            let names = list.wholeParts
        else {
            isUnreadable = true
            return
        }
        for name in names {
            switch name.tag {
            case Self.hostName: add(name.content)
            case Self.address: addAddress(name.content)
            default: continue
            }
        }
    }

    private mutating func addAddress(_ octets: ArraySlice<UInt8>) {
        if octets.count == 4 { names.insert(octets.map { String($0) }.joined(separator: ".")) }
        guard octets.count == 16 else { return }
        var groups: [String] = []
        for first in stride(from: octets.startIndex, to: octets.endIndex, by: 2) {
            groups.append(String(Int(octets[first]) << 8 | Int(octets[first + 1]), radix: 16))
        }
        names.insert(groups.joined(separator: ":"))
    }

    /// A name as it is written; letters that are not ASCII stand for their encoding, too.
    private mutating func add(_ octets: ArraySlice<UInt8>) {
        if octets.contains(where: { $0 >= 0x80 }),
            let encoded = EncodedHostName.text(ofPattern: String(decoding: octets, as: UTF8.self))
        {
            names.insert(encoded)
        }
        // What stands between octets that no name has: a parser may end a name at any of them.
        for piece in octets.split(whereSeparator: { !$0.isOfNamePattern }) {
            let name = piece.drop { $0 == UInt8(ascii: ".") }.map(\.foldedToLowerCase)
            if !name.isEmpty, name.count <= 256 { names.insert(String(decoding: name, as: UTF8.self)) }
        }
    }
}

extension UInt8 {
    /// One of a host name, or a `*`.
    fileprivate var isOfNamePattern: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "*"):
            true
        default: false
        }
    }

    var foldedToLowerCase: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}

extension Sequence<UInt8> {
    /// Two digits for each octet.
    var hexadecimal: String {
        map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
