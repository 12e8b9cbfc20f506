// SPDX-License-Identifier: Apache-2.0

extension SubjectPublicKeyInfo {
    /// The contents of the OBJECT IDENTIFIER that names the algorithm of an encoded key: what can be said of one
    /// that ``KeyAlgorithm`` does not know.
    @_lifetime(copy encoded)
    public static func algorithmIdentifier(in encoded: Span<UInt8>) throws(MalformedDER) -> Span<UInt8> {
        var reader = DERReader(encoded)
        var info = try reader.element(DERTag.sequence)
        var identifier = try info.element(DERTag.sequence)
        let algorithm = try identifier.element(DERTag.objectIdentifier)
        try algorithm.requireObjectIdentifier()
        return encoded.extracting(algorithm.range)
    }
}
