// SPDX-License-Identifier: Apache-2.0

import CPinVerdict

/// Why a call fails that answers with a status.
enum CallFailure: Error {
    case null(Argument)
    case otherFlavour(Argument)
    case tooLarge(Argument)
    case unknown(Argument)
    /// NULL, or a struct of a size that is not taken.
    case malformed(Argument)
    case malformedHost, malformedEnvironment, wrongInstallIDSize, noRoomForPins, noRoomForCounts
    case backendNotBuiltIn
    case outOfMemory
    case hashFailed
    case policyTooLarge
    /// These have been described already, with what was found.
    case invalidPolicy, unreadablePolicy
    case noTrustFile, unreadableTrustFile, invalidTrustFile, unreadableTrustStore
    case environmentRequired, undeclaredEnvironment, installIDRequired, invalidLogKey
    case outdatedPolicy, serialBelowMinimum, stalePolicy, unsignedPolicy, unknownKey
    /// These have been described already, too.
    case badSignature, signedByOther, signatureNotVerified
    case asBefore(pinverdict_status)
    case serialBelowState
    case malformedKey, tooManyKeys
    case malformedCertificate, unsupportedKey

    var status: pinverdict_status {
        switch self {
        case .null, .otherFlavour, .tooLarge, .unknown, .malformedHost, .malformedEnvironment, .wrongInstallIDSize,
            .noRoomForPins, .noRoomForCounts, .malformed, .malformedKey, .tooManyKeys:
            PINVERDICT_INVALID_ARGUMENT
        case .backendNotBuiltIn: PINVERDICT_BACKEND_UNAVAILABLE
        case .outOfMemory: PINVERDICT_OUT_OF_MEMORY
        case .hashFailed, .signatureNotVerified: PINVERDICT_BACKEND_FAILURE
        case .policyTooLarge, .invalidPolicy, .invalidLogKey: PINVERDICT_INVALID_POLICY
        case .unreadablePolicy, .noTrustFile, .unreadableTrustFile, .invalidTrustFile, .unreadableTrustStore:
            PINVERDICT_FILE_ERROR
        case .environmentRequired, .undeclaredEnvironment, .installIDRequired: PINVERDICT_SETTING_REQUIRED
        case .outdatedPolicy, .serialBelowMinimum, .serialBelowState: PINVERDICT_OUTDATED_POLICY
        case .badSignature: PINVERDICT_BAD_SIGNATURE
        case .unknownKey, .signedByOther: PINVERDICT_UNKNOWN_KEY
        case .stalePolicy: PINVERDICT_STALE_POLICY
        case .unsignedPolicy: PINVERDICT_UNSIGNED_POLICY
        case .asBefore(let status): status
        case .malformedCertificate: PINVERDICT_MALFORMED_CERTIFICATE
        case .unsupportedKey: PINVERDICT_UNSUPPORTED_KEY
        }
    }

    /// What the message is about; nil where it says so itself.
    var argument: Argument? {
        switch self {
        case .null(let argument), .otherFlavour(let argument), .tooLarge(let argument), .unknown(let argument),
            .malformed(let argument):
            argument
        default: nil
        }
    }

    /// Nil where the failure has been described already.
    var message: StaticString? {
        switch self {
        case .null: "is NULL"
        case .otherFlavour: "was made by another flavour of the library"
        case .tooLarge: "is larger than memory"
        case .unknown: "has a value that means nothing"
        case .malformed: "is NULL, or of a size that is not taken"
        case .malformedHost: "host is neither a host name nor an IP address"
        case .malformedEnvironment: "an environment's name is 1 to 63 letters, digits, '-', '_' or '.'"
        case .wrongInstallIDSize: "an install id has 1 to 256 bytes, and a size of 0 where it is NULL"
        case .noRoomForPins: "pins is NULL, and capacity is not 0"
        case .noRoomForCounts: "counts is NULL, and capacity is not 0"
        case .backendNotBuiltIn: "the library was built without that backend"
        case .outOfMemory: "out of memory; nothing was changed"
        case .hashFailed: "the TLS library could not compute SHA-256"
        case .policyTooLarge: "the policy is larger than 256 MiB"
        case .invalidPolicy, .unreadablePolicy, .invalidTrustFile, .badSignature, .signedByOther,
            .signatureNotVerified, .asBefore:
            nil
        case .noTrustFile: "the trust file is missing, or not a regular file"
        case .unreadableTrustFile: "the trust file cannot be read, or has no certificate in PEM form"
        case .unreadableTrustStore: "the system's trust store cannot be read, or has no certificate in PEM form"
        case .environmentRequired:
            "the policy has rules for some environments only; give the checker its environment"
        case .undeclaredEnvironment: "the checker's environment is not one that the policy declares"
        case .installIDRequired: "the policy has a rollout-percent; give the checker an install id"
        case .invalidLogKey: "the key of a [ct-log] of the policy is not a point of the curve P-256"
        case .outdatedPolicy:
            """
            the policy's serial is lower than that of the policy in force, or the same with other bytes; raise it, \
            also to go back to an earlier policy
            """
        case .serialBelowMinimum: "the policy's serial is lower than the lowest that this program takes; raise it"
        case .serialBelowState:
            "the policy's serial is lower than that of a policy which was in force before, as the state says; raise it"
        case .stalePolicy: "the policy's valid-until has passed, and its on-stale is refuse"
        case .unsignedPolicy:
            "the policy is not signed; this program takes policies alone that one of its keys has signed"
        case .unknownKey: "the policy is signed by a key that is none of the checker's"
        case .malformedKey: "the key is not a public key of signify's or minisign's"
        case .tooManyKeys: "a config has at most eight keys"
        case .malformedCertificate: "the certificate cannot be read"
        case .unsupportedKey: "an algorithm without pins of bare keys"
        }
    }
}
