// SPDX-License-Identifier: Apache-2.0

/// Builds DER, and on request what DER forbids: what the readers are tested on.
enum DER {
    static func element(_ tag: UInt8, _ contents: [UInt8]...) -> [UInt8] {
        let joined = contents.flatMap { $0 }
        return [tag] + length(joined.count) + joined
    }

    static func sequence(_ contents: [UInt8]...) -> [UInt8] { element(0x30, contents.flatMap { $0 }) }
    static func set(_ contents: [UInt8]...) -> [UInt8] { element(0x31, contents.flatMap { $0 }) }
    static func explicit(_ number: UInt8, _ contents: [UInt8]...) -> [UInt8] {
        element(0xa0 | number, contents.flatMap { $0 })
    }
    static func integer(_ octets: UInt8...) -> [UInt8] { element(0x02, octets) }
    static func bitString(_ octets: [UInt8], unused: UInt8 = 0) -> [UInt8] { element(0x03, [unused] + octets) }
    static func octetString(_ octets: [UInt8]) -> [UInt8] { element(0x04, octets) }
    static var null: [UInt8] { element(0x05) }

    /// Of an identifier such as "1.2.840.113549.1.1.1".
    static func objectIdentifier(_ dotted: String) -> [UInt8] {
        let numbers = dotted.split(separator: ".").map { Int($0)! }
        let contents = [40 * numbers[0] + numbers[1]] + numbers[2...]
        return element(0x06, contents.flatMap(base128))
    }

    private static func base128(_ number: Int) -> [UInt8] {
        var octets = [UInt8(number & 0x7f)]
        var rest = number >> 7
        while rest > 0 {
            octets.insert(UInt8(rest & 0x7f) | 0x80, at: 0)
            rest >>= 7
        }
        return octets
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        let octets = bigEndian(count)
        return [0x80 | UInt8(octets.count)] + octets
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        number < 0x100 ? [UInt8(number)] : bigEndian(number >> 8) + [UInt8(number & 0xff)]
    }

    /// Where the contents of an element begin.
    private static func contentsStart(_ element: [UInt8]) -> Int {
        element[1] < 0x80 ? 2 : 2 + Int(element[1] & 0x7f)
    }

    static func contents(_ element: [UInt8]) -> [UInt8] { Array(element[contentsStart(element)...]) }
}
