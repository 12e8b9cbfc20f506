// SPDX-License-Identifier: Apache-2.0

/// The keys whose signatures count.
public struct SigningKeys: BitwiseCopyable {
    private var keys = InlineArray<8, SigningKey>(repeating: SigningKey())
    public private(set) var count = 0

    public init() {}

    public subscript(index: Int) -> SigningKey { keys[index] }

    /// Adds a key, if it is not there. False where there is no room.
    public mutating func add(_ key: SigningKey) -> Bool {
        if contains(key) { return true }
        guard count < keys.count else { return false }
        keys[count] = key
        count += 1
        return true
    }

    @inline(never)
    public func contains(_ key: SigningKey) -> Bool {
        for index in 0..<count where keys[index] == key { return true }
        return false
    }

    /// The key that has signed a message.
    public func signer<Backend: TLSBackend>(
        of message: Span<UInt8>, _ signature: borrowing Signature, _ backend: Backend
    ) throws(SignatureProblem) -> SigningKey {
        var isKnown = false
        for index in 0..<count {
            let key = keys[index]
            guard key.id == signature.keyID else { continue }
            isKnown = true
            guard try key.hasSigned(message, signature.signature, backend) else { continue }
            guard try signature.hasCommentSigned(by: key, backend) else {
                throw .bad("the signature is good, but its trusted comment was changed")
            }
            return key
        }
        guard isKnown else { throw .unknownKey(signature.keyID) }
        throw .bad("the signature is not that of this policy: one of them was changed, or they do not belong together")
    }
}

extension SigningKey {
    @inline(never)
    func hasSigned<Backend: TLSBackend>(
        _ message: Span<UInt8>, _ signature: Span<UInt8>, _ backend: Backend
    ) throws(SignatureProblem) -> Bool {
        guard Ed25519.isCanonical(signature: signature) else { return false }
        guard let isSigned = backend.isSignature(signature, of: message, by: span) else { throw .backendFailure }
        return isSigned
    }
}
