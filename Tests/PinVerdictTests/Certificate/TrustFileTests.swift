// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct TrustFileTests {
    private static let whole = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n"

    private static func block(_ content: String, _ label: String = "CERTIFICATE") -> String {
        "-----BEGIN \(label)-----\n\(content)\n-----END \(label)-----\n"
    }

    private func problem(_ text: [UInt8]) -> (line: Int, message: String)? {
        do throws(TrustFile.Problem) {
            try TrustFile.require(text.span)
            return nil
        } catch {
            return (error.line, error.message.description)
        }
    }

    @Test(
        arguments: [
            whole, whole + whole, "# text\n\n" + whole + "no line end", whole.replacing("\n", with: "\r\n"),
            block("MAMC\n AQE=\t", "X509 CERTIFICATE"), block("!", "PRIVATE KEY") + whole,
            whole + block("", "X509 CRL"), String(whole.dropLast()),
            block("MIGA" + String(repeating: "A", count: 171) + "="),
        ])
    func `what is taken`(_ text: String) {
        #expect(problem(text.bytes) == nil)
    }

    @Test(
        arguments: [
            ("", 1, "no certificate"), ("text\n", 1, "no certificate"), (block("", "X509 CRL"), 1, "no certificate"),
            ("\u{feff}" + whole, 1, "byte-order mark"), ("\n" + block("MAA=", "TRUSTED CERTIFICATE"), 2, "TRUSTED"),
            (whole + block("MAA=", "PKCS7"), 4, "PKCS #7"), (block("MAA=", "CMS") + whole, 1, "PKCS #7"),
            // Not base64 of one value.
            (block(""), 1, "one DER value"), (whole + block("MAMCAQ=="), 4, "one DER value"),
            (block("MAMCAQEA"), 1, "one DER value"), (block("MAM!AQE="), 1, "one DER value"),
            (block("MAMCAQE=MAMCAQE="), 1, "one DER value"), (block("MAMCAQE"), 1, "one DER value"),
            (block("AgEB"), 1, "one DER value"), (block("MIAA"), 1, "one DER value"),
            (block("MP//"), 1, "one DER value"),
            // Blocks that are not whole.
            (whole + "-----BEGIN CERTIFICATE-----\nMAMC\n", 4, "cut short"),
            ("-----BEGIN CERTIFICATE-----\n" + whole, 1, "without its END"),
            (whole + "-----END CERTIFICATE-----\n", 4, "without its BEGIN"),
            ("-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END X509 CRL-----\n", 1, "another label"),
            ("x" + whole, 1, "text before or behind"), (whole + "-----BEGIN -CERTIFICATE-----\n", 4, "text before"),
        ] as [(String, Int, String)])
    func `what is refused, and its line`(_ text: String, _ line: Int, _ part: String) {
        let found = problem(text.bytes)
        #expect(found?.line == line && found?.message.contains(part) == true, "\(String(describing: found))")
    }

    @Test func `DER`() throws {
        #expect(problem(try ConformanceTables.certificate("root"))?.message.contains("is DER") == true)
    }

    /// Whatever a byte is changed to, or wherever the text ends: never a trap.
    @Test func `every byte`() {
        let text = ("\n" + Self.whole + Self.block("MA==", "PKCS7")).bytes
        for index in text.indices {
            _ = problem(Array(text[..<index]))
            for byte: UInt8 in [0, 0x0a, 0x20, 0x2d, 0x30, 0x80, 0xff] {
                var other = text
                other[index] = byte
                _ = problem(other)
            }
        }
    }
}
