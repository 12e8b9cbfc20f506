// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// What a command says of a public key.
struct KeySummary {
    let algorithm: String
    /// Its size; nil where the algorithm's name says it, or is unknown.
    let bits: Int?
    /// The pins of the kinds that a key has, without a certificate, in the order of ``PinKind``.
    let pins: [(kind: PinKind, digest: Digest)]

    /// - Parameters:
    ///   - encoded: The SubjectPublicKeyInfo in DER.
    ///   - place: Where it comes from, for messages.
    init(_ encoded: [UInt8], _ place: String, _ backend: BuiltInBackend) throws(Failure) {
        var bare: [UInt8]?
        do throws(MalformedDER) {
            let info = try SubjectPublicKeyInfo(encoded.span)
            algorithm = try AlgorithmText.text(encoded.span)
            bits = AlgorithmText.bits(info)
            if info.keyAlgorithm != .other { bare = info.key.indices.map { info.key[$0] } }
        } catch {
            throw Failure("\(place): the key \(error.description)")
        }
        let keys: [(kind: PinKind, bytes: [UInt8]?)] = [(.spki, encoded), (.key, bare)]
        var pins: [(kind: PinKind, digest: Digest)] = []
        for (kind, bytes) in keys {
            guard let bytes else { continue }
            guard let digest = backend.sha256(bytes.span) else {
                throw Failure("the TLS library could not compute SHA-256")
            }
            pins.append((kind, digest))
        }
        self.pins = pins
    }
}
