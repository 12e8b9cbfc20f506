// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

/// What real tools write, and what is made of that, is in `Tests/ABI/signed.c`.
@Suite struct SignatureTests {
    static let untrusted = "untrusted comment: x\n"
    static let signature = Base64Text.line("Ed12345678".bytes + [UInt8](repeating: 7, count: 64))
    static let trusted = "trusted comment: y\n" + Base64Text.line([UInt8](repeating: 9, count: 64))

    @Test(arguments: ["", trusted])
    func `a file of its own`(_ rest: String) throws {
        let text = (Self.untrusted + Self.signature + rest).bytes
        let signature = try Signature(alone: text.span)
        let (id, octets) = (String(signature.keyID.text.span), [UInt8](signature.signature))
        #expect(id == "3837363534333231")
        #expect(octets == [UInt8](repeating: 7, count: 64))
    }

    @Test func `before its text`() throws {
        let text = (Self.untrusted + Self.signature + "message\n").bytes
        var rest = text.span
        let signature = try Signature(takenOff: &rest)
        let (id, message) = (String(signature.keyID.text.span), String(rest))
        #expect(id == "3837363534333231")
        #expect(message == "message\n")
    }

    @Test(
        arguments: [
            "", "\n", untrusted, untrusted + "\n", signature, untrusted + signature + "\n",
            untrusted + signature + trusted + "x",
            untrusted + signature + "trusted comment: y\n", untrusted + untrusted + signature,
            untrusted + Base64Text.line("Ed12345678".bytes + [UInt8](repeating: 7, count: 63)),
            untrusted + Base64Text.line("Ed12345678".bytes + [UInt8](repeating: 7, count: 65)),
            untrusted + Base64Text.line("ED12345678".bytes + [UInt8](repeating: 7, count: 64)),
            untrusted + Base64Text.line("ed12345678".bytes + [UInt8](repeating: 7, count: 64)),
            untrusted + signature + "trusted comment: y\n" + Base64Text.line([UInt8](repeating: 9, count: 65)),
            "untrusted comment: " + String(repeating: "x", count: 9000) + "\n" + signature,
        ])
    func `what is no signature`(_ text: String) {
        let bytes = text.bytes
        #expect(throws: SignatureProblem.self) { _ = try Signature(alone: bytes.span).keyID }
    }

    /// Where the library fails it says so, and nothing counts as signed.
    @Test func `a library that fails`() throws {
        var keys = SigningKeys()
        let key = Base64Text.file("untrusted comment: x", "Ed12345678".bytes + [UInt8](repeating: 3, count: 32))
        let isAdded = keys.add(try SigningKey(key.span))
        #expect(isAdded)
        let text = (Self.untrusted + Self.signature).bytes
        let message = "m".bytes
        do throws(SignatureProblem) {
            _ = try keys.signer(of: message.span, Signature(alone: text.span), FailingBackend())
            Issue.record("it counts")
        } catch {
            guard case .backendFailure = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func `eight keys, each once`() throws {
        var keys = SigningKeys()
        for number in UInt8(1)...9 {
            let text = Base64Text.file(
                "untrusted comment: x", "Ed12345678".bytes + [UInt8](repeating: number, count: 32))
            let key = try SigningKey(text.span)
            #expect(!keys.contains(key))
            for _ in 1...2 {
                let isAdded = keys.add(key)
                #expect(isAdded == (number < 9))
                #expect(keys.contains(key) == (number < 9))
            }
            #expect(keys.count == min(8, Int(number)))
        }
    }
}
