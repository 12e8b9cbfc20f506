// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// A key's algorithm in words.
enum AlgorithmText {
    static func text(_ encoded: Span<UInt8>) throws(MalformedDER) -> String {
        let algorithm = try SubjectPublicKeyInfo(encoded).keyAlgorithm
        guard algorithm == .other else { return String(algorithm.description) }
        let identifier = objectIdentifier(try SubjectPublicKeyInfo.algorithmIdentifier(in: encoded))
        guard let name = name(of: identifier) else { return identifier }
        return "\(name) (\(identifier))"
    }

    /// How many bits the key has: of RSA its modulus, of a curve its field; nil where the name says it, or is unknown.
    static func bits(_ info: SubjectPublicKeyInfo) -> Int? {
        switch info.keyAlgorithm {
        case .rsa:
            let key = info.key.indices.map { info.key[$0] }
            let modulus = DERElement(key[...])?.parts.first?.content.drop { $0 == 0 }
            return modulus?.first.map { 8 * (modulus?.count ?? 0) - $0.leadingZeroBitCount }
        case .p256: return 256
        case .p384: return 384
        case .p521: return 521
        case .ed25519, .ed448, .other: return nil
        }
    }

    /// Such as "key: RSA, 2048 bits".
    static func key(_ algorithm: String, _ bits: Int?) -> String {
        "key: \(algorithm)" + (bits.map { ", \($0) bits" } ?? "")
    }

    /// Algorithms that have no KEY pin, but that certificates use.
    private static func name(of identifier: String) -> String? {
        switch identifier {
        case "1.2.840.10045.2.1": "EC, another curve"
        case "1.2.840.113549.1.1.10": "RSA-PSS"
        case "1.2.840.10040.4.1": "DSA"
        case "1.3.101.110": "X25519"
        case "1.3.101.111": "X448"
        case "2.16.840.1.101.3.4.3.17": "ML-DSA-44"
        case "2.16.840.1.101.3.4.3.18": "ML-DSA-65"
        case "2.16.840.1.101.3.4.3.19": "ML-DSA-87"
        default: nil
        }
    }

    /// The contents of an OBJECT IDENTIFIER in dotted decimals (X.690, 8.19); in hexadecimal where a number has
    /// more than 64 bits.
    static func objectIdentifier(_ contents: Span<UInt8>) -> String {
        let continuation: UInt8 = 0x80  // the bit of an octet that is not a subidentifier's last
        var numbers: [UInt64] = []
        var number: UInt64 = 0
        for index in contents.indices {
            guard number <= UInt64.max >> 7 else { return hexadecimal(contents) }
            number = number << 7 | UInt64(contents[index] & ~continuation)
            guard contents[index] & continuation == 0 else { continue }
            if numbers.isEmpty {
                // The first two numbers share one subidentifier.
                let first = min(number / 40, 2)
                numbers = [first, number - 40 * first]
            } else {
                numbers.append(number)
            }
            number = 0
        }
        return numbers.map { String($0) }.joined(separator: ".")
    }

    private static func hexadecimal(_ bytes: Span<UInt8>) -> String {
        var text = "OID 0x"
        for index in bytes.indices {
            text += (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16)
        }
        return text
    }
}
