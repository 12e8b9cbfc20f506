// SPDX-License-Identifier: Apache-2.0

/// Why a value is no pin, for people.
extension PinValue.Failure {
    /// - Parameter value: what stands in the file.
    public func message(_ value: Span<UInt8>) -> PolicyProblem.Message {
        switch self {
        case .empty:
            return .init("the pin is empty")
        case .several:
            return .init("one line takes one pin; found ").quoting(value)
        case .urlSafe:
            return .init("the pin is in the URL-safe alphabet; write + for - and / for _: ").quoting(value)
        case .unpadded:
            return .init("the pin lacks its = at the end: ").quoting(value)
        case .wrongLength(let octets):
            return .init("the pin has ").adding(octets).adding(" bytes; a SHA-256 digest has 32: ").quoting(value)
        case .nonCanonical:
            return .init("the last letter before = of the pin is not one that base64 ends with: ").quoting(value)
        case .ofNothing:
            return .init("the pin is the SHA-256 of nothing; the command that should have hashed a key had no input: ")
                .quoting(value)
        case .placeholder:
            return .init("the pin is a placeholder, 32 equal bytes, and no key's: ").quoting(value)
        case .attributeOfOtherKind:
            return .init("the value says pin-sha256, and so names a public key; it belongs to the key pin-sha256")
        case .fingerprintOfOtherKind:
            return .init("a fingerprint is of a whole certificate; it belongs to the key certificate-sha256")
        case .sha1:
            return .init("the digest is SHA-1, which has 20 bytes; a pin is SHA-256: ").quoting(value)
        case .notPin:
            return .init("a pin is 44 characters of base64 or 64 hex digits; found ").quoting(value)
        }
    }
}
