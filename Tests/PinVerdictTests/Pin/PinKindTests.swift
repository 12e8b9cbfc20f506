// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PinKindTests {
    /// Pins that `make-certificates.py` computed without this library.
    @Test(
        arguments: [
            "root", "intermediate", "leaf", "renewed", "ed25519", "rsa", "lone", "other-root", "other-leaf",
            "secp256k1",
        ], TestBackend.allCases)
    func `the pins of a certificate`(_ name: String, _ backend: TestBackend) throws {
        let encoded = try ConformanceTables.certificate(name)
        for kind in PinKind.all {
            for crossChecks in [false, true] {
                var failure: PinFailure?
                var digest: Digest?
                do throws(PinFailure) {
                    digest = try kind.digest(of: encoded.span, crossChecks: crossChecks, backend)
                } catch {
                    failure = error
                }
                switch (name, kind) {
                // GnuTLS may refuse the curve.
                case ("secp256k1", _) where crossChecks && digest == nil: #expect(failure != .backendFailure)
                case ("secp256k1", .key): #expect(failure == .unsupportedKey)
                default: #expect(try digest == ConformanceTables.pin("\(name).\(kind)"), "\(kind)")
                }
            }
        }
    }

    @Test(arguments: ["cut", "trailing", "long-length"], PinKind.all)
    func `a malformed certificate has none`(_ name: String, _ kind: PinKind) throws {
        let encoded = try ConformanceTables.certificate(name)
        #expect(throws: PinFailure.malformedCertificate) {
            try kind.digest(of: encoded.span, crossChecks: false, TestBackend.any)
        }
    }

    @Test func `a backend that cannot hash`() throws {
        let encoded = try ConformanceTables.certificate("leaf")
        for kind in PinKind.all {
            #expect(throws: PinFailure.backendFailure) {
                try kind.digest(of: encoded.span, crossChecks: false, FailingBackend())
            }
        }
    }

    @Test func `names of keys`() {
        #expect(PinKind.spki.keyName.description == "pin-sha256")
        #expect(PinKind.key.keyName.description == "key-sha256")
        #expect(PinKind.certificate.keyName.description == "certificate-sha256")
    }
}
