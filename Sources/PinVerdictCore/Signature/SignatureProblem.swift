// SPDX-License-Identifier: Apache-2.0

/// Why a text does not count as signed.
public enum SignatureProblem: Error {
    /// The signature cannot be read, or is not that of these bytes.
    case bad(StaticString)
    /// No key that counts has the id.
    case unknownKey(SigningKey.ID)
    case backendFailure
}

extension SignatureProblem {
    /// What is wrong, for people.
    public var message: ASCIIText<255> {
        var text = ASCIIText<255>()
        switch self {
        case .bad(let message):
            text.append(message)
        case .unknownKey(let id):
            text.append("the policy is signed by the key ")
            text.append(id.text.span)
            text.append(", which is none of those that count")
        case .backendFailure:
            text.append("the TLS library could not verify the signature")
        }
        return text
    }
}
