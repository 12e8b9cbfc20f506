// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PinValueTests {
    /// The 32 octets of all these spellings; its base64 has + and / in it.
    private static let hex = "fbfffe0b9da5967b6d715c26c1020c713b4f6ec42d5800175e1423337a39dac0"
    private static let base64 = "+//+C52llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sA="
    private static let colons = stride(from: 0, to: 64, by: 2).map { index in
        String(hex.dropFirst(index).prefix(2))
    }.joined(separator: ":")

    @Test(arguments: [
        base64, hex, hex.uppercased(), colons, colons.uppercased(),
        "sha256/" + base64, "sha256//" + base64, "pin-sha256=\"" + base64 + "\"",
        "sha256/" + hex, "sha256//" + hex, "sha256/" + colons, "pin-sha256=\"" + hex + "\"",
        "pin-sha256:\(base64)", "pin-sha256:\(hex)", "sha256:\(base64)", "sha256:\(hex)", "SHA256:\(base64)",
        "SHA256:\(colons)", "0x\(hex)", "0X\(hex.uppercased())",
    ])
    func `spellings`(_ value: String) {
        for end in ["", ";", ",", " ;", "\t,"] {
            #expect(result(value + end) == .success(Self.hex))
        }
    }

    @Test(arguments: ["sha256 Fingerprint=", "SHA256 Fingerprint=", "sha256 fingerprint="])
    func `a fingerprint is a certificate's`(_ prefix: String) {
        for spelling in [Self.colons, Self.colons.uppercased(), Self.hex] {
            #expect(result(prefix + spelling, .certificate) == .success(Self.hex))
            #expect(result(prefix + spelling, .spki) == .failure(.fingerprintOfOtherKind))
            #expect(result(prefix + spelling, .key) == .failure(.fingerprintOfOtherKind))
        }
    }

    private static let sha1Hex = String(hex.prefix(40))
    private static let sha1Colons = String(colons.prefix(59))
    private static let sha1Base64 = "+//+C52llnttcVwmwQIMcTtPbsQ="

    /// A SHA-1 digest, in each spelling that its SHA-256 could have.
    @Test(
        arguments: [
            sha1Hex, sha1Hex.uppercased(), sha1Colons, "0x\(sha1Hex)", sha1Base64, "sha1/\(sha1Base64)",
            "sha1//\(sha1Base64)", "sha1:\(sha1Hex)", "SHA1:\(sha1Colons)", "sha-1/\(sha1Base64)",
            "pin-sha1:\(sha1Base64)", "pin-sha1=\"\(sha1Base64)\"", "sha1 Fingerprint=\(sha1Colons)",
            "SHA1 Fingerprint=\(sha1Colons.uppercased())", "sha256/\(sha1Base64)", "sha1/\(base64)",
        ] as [String])
    func `SHA-1`(_ value: String) {
        for kind in [PinKind.spki, .key, .certificate] { #expect(result(value, kind) == .failure(.sha1), "\(value)") }
    }

    /// Base64 that begins with the letters of a digest's name is base64.
    @Test func `base64 that begins like a name`() {
        for start in ["sha1", "SHA1/", "sha256/", "0x"] {
            let value = start + Self.base64.dropFirst(start.count)
            guard case .success = result(value) else {
                Issue.record("\(value)")
                continue
            }
        }
    }

    /// OkHttp's sha256/ before base64 that begins with / looks like curl's sha256// before one letter less.
    @Test func `base64 that begins with a slash`() {
        let base64 = "/" + Self.base64.dropFirst()
        let hex = "ff" + Self.hex.dropFirst(2)
        for prefix in ["", "sha256/", "sha256//"] {
            #expect(result(prefix + base64) == .success(hex), "\(prefix)")
        }
        #expect(result("pin-sha256=\"\(base64)\"") == .success(hex))
    }

    @Test(arguments: ["A", "E", "I", "c", "g", "w", "0", "4", "8"])
    func `the letters that base64 of 32 octets ends with`(_ letter: String) {
        guard case .success = result(String(repeating: "Q", count: 42) + letter + "=") else {
            Issue.record("refused")
            return
        }
    }

    /// What is said of a value that is none; a length is that of the octets.
    enum Mistake: Equatable {
        case empty, several, urlSafe, unpadded
        case wrongLength(Int)
        case notPin, attributeOfOtherKind, fingerprintOfOtherKind, sha1, nonCanonical, ofNothing, placeholder
    }

    @Test(
        arguments: [
            ("", .empty), ("sha256/", .empty), ("sha256//", .empty),
            // 31, 33 and other numbers of octets.
            ("C52llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sDBwg==", .wrongLength(31)),
            ("C52llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sDBwsPE", .wrongLength(33)),
            ("QUJD", .wrongLength(3)), ("sha256/QUJD", .wrongLength(3)),
            (String(repeating: "Q", count: 88), .wrongLength(66)), ("QQ==", .wrongLength(1)), ("ABCD", .wrongLength(2)),
            (String(hex.dropLast(2)), .wrongLength(31)), (hex + "00", .wrongLength(33)),
            (String(hex.prefix(38)), .wrongLength(19)), (String(colons.prefix(56)), .wrongLength(19)),
            ("0x\(hex.dropLast(2))", .wrongLength(31)), ("0x", .empty), ("0x\(hex.dropLast())g", .notPin),
            (";", .empty), ("sha256/;", .empty), ("\(base64);;", .several), ("\(base64);,", .several),
            // Base64 that is not quite what it should be.
            (String(base64.dropLast()), .unpadded), ("sha256//" + base64.dropLast(), .unpadded),
            ("-__-C52llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sA=", .urlSafe),
            ("_52llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sAAAAA", .urlSafe),
            (String(repeating: "A", count: 42) + "B=", .nonCanonical),
            (String(repeating: "A", count: 42) + "C=", .nonCanonical),
            (String(repeating: "A", count: 42) + "/=", .nonCanonical),
            ("=" + String(repeating: "Q", count: 43), .notPin), (String(repeating: "=", count: 44), .notPin),
            (String(repeating: "Q", count: 41) + "===", .notPin), (String(repeating: "Q", count: 42) + "=Q", .notPin),
            ("C5.llnttcVwmwQIMcTtPbsQtWAAXXhQjM3o52sDBwsM=", .notPin), ("é", .notPin),
            // White space, and more than one pin.
            ("+//+C52llnttcVwm wQIMcTtPbsQtWAAXXhQjM3o52sA=", .several),
            ("+//+C52llnttcVwm\twQIMcTtPbsQtWAAXXhQjM3o52sA=", .several),
            (base64 + " " + base64, .several), (base64 + ";sha256//" + base64, .several),
            (base64 + "," + base64, .several),
            ("sha256//" + base64 + ";sha256//" + base64, .several), (hex + " " + hex, .several),
            ("pin-sha256=\"" + base64 + "\"; max-age=600", .several),
            ("pin-sha256=\"" + base64 + "\"; pin-sha256=\"" + base64 + "\"", .several),
            // Hexadecimal with colons in other places, an odd digit, 31 octets with colons.
            (String(hex.dropLast()), .notPin), (":" + colons.dropFirst(), .notPin), (colons + ":", .notPin),
            (String(colons.dropLast(3)), .wrongLength(31)), ("\(colons):00", .wrongLength(33)),
            (colons.replacing(":", with: "-"), .notPin), ("0x\(base64)", .notPin),
            (String(hex.dropLast()) + "g", .wrongLength(48)),
            // Other prefixes, quotes that do not pair, prefixes twice.
            ("SHA256/\(base64)", .notPin), ("sha256:sha256:\(base64)", .notPin), ("md5:\(hex)", .notPin),
            ("\"" + base64 + "\"", .notPin),
            ("pin-sha256=" + base64, .notPin), ("pin-sha256=\"" + base64, .notPin), ("pin-sha256=\"", .notPin),
            ("pin-sha256=\"\"", .notPin),
            ("sha256/pin-sha256=\"" + base64 + "\"", .notPin), ("yes", .notPin),
            ("-----BEGIN PUBLIC KEY-----", .several),
            // Pins of nobody, in each spelling.
            ("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", .ofNothing),
            ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", .ofNothing),
            ("sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", .ofNothing),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", .placeholder),
            ("//////////////////////////////////////////8=", .placeholder),
            (String(repeating: "01", count: 32), .placeholder), (String(repeating: "ab", count: 32), .placeholder),
        ] as [(String, Mistake)])
    func `what is no pin`(_ value: String, _ expected: Mistake) {
        #expect(result(value) == .failure(expected), "\(value)")
    }

    @Test func `pin-sha256 names an SPKI alone`() {
        for value in ["pin-sha256=\"\(Self.base64)\"", "pin-sha256:\(Self.base64)"] {
            #expect(result(value, .key) == .failure(.attributeOfOtherKind))
            #expect(result(value, .certificate) == .failure(.attributeOfOtherKind))
        }
        #expect(result("sha256/" + Self.base64, .key) == .success(Self.hex))
        #expect(result(Self.base64, .certificate) == .success(Self.hex))
    }

    /// Base64 letters at each place give the octets that they should.
    @Test func `every letter in every place`() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".bytes
        for place in 0..<42 {
            for (value, letter) in alphabet.enumerated() {
                // Something stands elsewhere, since zeros alone are a placeholder.
                var text = [UInt8](repeating: 0x41, count: 43) + [0x3d]
                let other = (place + 21) / 4 * 4 % 40
                text[other] = UInt8(ascii: "/")
                text[place] = letter
                var bits = [UInt8](repeating: 0, count: 33)
                bits[other / 4 * 3] = 0xfc
                let shifted = UInt16(value) << UInt16(10 - place * 6 % 8)
                bits[place * 6 / 8] |= UInt8(shifted >> 8)
                bits[place * 6 / 8 + 1] |= UInt8(shifted & 0xff)
                guard let digest = try? PinValue.digest(of: text.span, kind: .spki), [UInt8](digest) == bits.dropLast()
                else {
                    Issue.record("letter \(value) in place \(place)")
                    return
                }
            }
        }
    }

    enum Answer: Equatable {
        case success(String)
        case failure(Mistake)
    }

    private func result(_ value: String, _ kind: PinKind = .spki) -> Answer {
        let bytes = value.bytes
        do throws(PinValue.Failure) {
            return .success([UInt8](try PinValue.digest(of: bytes.span, kind: kind)).hex)
        } catch {
            switch error {
            case .empty: return .failure(.empty)
            case .several: return .failure(.several)
            case .urlSafe: return .failure(.urlSafe)
            case .unpadded: return .failure(.unpadded)
            case .wrongLength(let octets): return .failure(.wrongLength(octets))
            case .notPin: return .failure(.notPin)
            case .attributeOfOtherKind: return .failure(.attributeOfOtherKind)
            case .fingerprintOfOtherKind: return .failure(.fingerprintOfOtherKind)
            case .sha1: return .failure(.sha1)
            case .nonCanonical: return .failure(.nonCanonical)
            case .ofNothing: return .failure(.ofNothing)
            case .placeholder: return .failure(.placeholder)
            }
        }
    }
}
