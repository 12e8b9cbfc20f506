// SPDX-License-Identifier: Apache-2.0

/// The highest serial of the policies that each key has signed, as text: a line for each.
///
///     4C2F99AC1D8E0B17 20261120
///
/// Where there are no keys, one line stands for all policies, which begins with "unsigned".
public struct SerialRecord {
    private let keys: SigningKeys
    private var serials = InlineArray<9, UInt64>(repeating: 0)

    public init(_ keys: SigningKeys) { self.keys = keys }

    /// The places that count.
    private var places: Range<Int> { keys.count == 0 ? 8..<9 : 0..<keys.count }

    private func name(_ place: Int) -> ASCIIText<16> {
        if place < keys.count { return keys[place].id.text }
        var name = ASCIIText<16>()
        name.append("unsigned")
        return name
    }

    public var highest: UInt64 {
        var highest: UInt64 = 0
        for place in places { highest = max(highest, serials[place]) }
        return highest
    }

    /// Adds what a text says of the keys; lines of others are passed over, and so will not be written again.
    ///
    /// - Returns: the line of a mistake, nil for none.
    public mutating func read(_ text: Span<UInt8>) -> Int? {
        var rest = text
        var line = 0
        repeat {
            line += 1
            guard let name = rest.drop(upTo: UInt8(ascii: " ")), let digits = rest.drop(upTo: .lineFeed),
                Self.isName(name), let serial = digits.decimal, serial > 0
            else { return line }
            for place in places where isEqual(self.name(place).span, name) {
                guard serials[place] == 0 else { return line }
                serials[place] = serial
            }
        } while rest.count > 0
        return nil
    }

    private static func isName(_ name: Span<UInt8>) -> Bool {
        if isEqual(name, "unsigned") { return true }
        for index in name.indices where name[index].hexValue == nil || name[index].isLowerLetter { return false }
        return name.count == 16
    }

    /// Raises the serial of a key, nil for no signature. False where it is that high.
    public mutating func enter(_ serial: UInt64, by signer: SigningKey?) -> Bool {
        var isRaised = false
        for place in places where serials[place] < serial {
            if let signer, keys.count > 0, keys[place].id != signer.id { continue }
            serials[place] = serial
            isRaised = true
        }
        return isRaised
    }

    /// As it is read.
    public var text: ASCIIText<351> {
        var text = ASCIIText<351>()
        for place in places where serials[place] > 0 && !isRepeated(place) {
            text.append(name(place).span)
            text.append(" ")
            text.append(decimal: serials[place])
            text.append("\n")
        }
        return text
    }

    /// Whether a key before has the same id.
    private func isRepeated(_ place: Int) -> Bool {
        for earlier in 0..<min(place, keys.count) where place < keys.count && keys[earlier].id == keys[place].id {
            return true
        }
        return false
    }
}

extension Span where Element == UInt8 {
    /// Takes off what stands before a byte, and the byte; nil where there is none.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    fileprivate mutating func drop(upTo end: UInt8) -> Span<UInt8>? {
        for index in indices where self[index] == end {
            let part = extracting(first: index)
            self = extracting(droppingFirst: index + 1)
            return part
        }
        return nil
    }
}
