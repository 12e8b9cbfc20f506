// SPDX-License-Identifier: Apache-2.0

internal import CPinVerdict
public import PinVerdictCore

/// What a pin is the SHA-256 of.
public typealias PinKind = PinVerdictCore.PinKind

/// The lists of a rule. Within one any pin will do; each that has pins has to find one of them on the path.
public typealias PinList = PinVerdictCore.PinList

/// A pin of a rule.
public struct Pin: Equatable, Sendable {
    public let kind: PinKind
    public let list: PinList
    /// Whether it is of a key that is kept for a rotation.
    public let isBackup: Bool
    /// 32 octets.
    public let digest: [UInt8]

    /// The SHA-256, 32 octets, that a pin of this kind has of one certificate in DER.
    ///
    /// - Throws: `malformedCertificate`; `unsupportedKey` for a `key` pin of an algorithm that has none.
    public static func digest(ofCertificate der: [UInt8], kind: PinKind = .spki) throws(PinVerdictError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = unsafe CertificateOctets([der]).withBytes { (bytes, _) in
            guard let bytes = unsafe bytes else { return PINVERDICT_INVALID_ARGUMENT }
            return unsafe pinverdict_pin_of_certificate(
                PINVERDICT_BACKEND_AUTO, pinverdict_pin_kind(UInt32(kind.rawValue)), bytes[0], &digest)
        }
        if status != PINVERDICT_OK { throw PinVerdictError(status) }
        return digest
    }
}

extension Pin {
    init?(_ pin: pinverdict_pin) {
        guard let kind = PinKind(rawValue: UInt8(truncatingIfNeeded: pin.kind.rawValue)),
            let list = PinList(rawValue: UInt8(truncatingIfNeeded: pin.list.rawValue))
        else { return nil }
        self.init(kind: kind, list: list, isBackup: pin.backup, digest: [UInt8](octets: pin.digest))
    }
}

extension [UInt8] {
    /// The octets of an array of C's.
    init<Octets>(octets: Octets) { self = unsafe Swift.withUnsafeBytes(of: octets) { unsafe [UInt8]($0) } }
}
