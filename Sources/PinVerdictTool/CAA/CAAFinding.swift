// SPDX-License-Identifier: Apache-2.0

/// What is wrong between a rule's `caa-issuer` and the CAA records that hold for its host.
struct CAAFinding {
    enum Kind: String {
        case none, wider, narrower, bogus, insecure
        case noAccountURI = "no-accounturi"
        case issueWildDiffers = "issuewild-differs"
        case criticalUnknown = "critical-unknown"
        case malformed
    }

    let kind: Kind
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    var json: JSON { .object([("finding", .string(kind.rawValue)), ("message", .string(message))]) }
}
