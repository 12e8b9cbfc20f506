// SPDX-License-Identifier: Apache-2.0

/// The signed certificate timestamps of a certificate (RFC 6962, section 3.3), one after the other.
struct SCTList: ~Escapable {
    private let list: Span<UInt8>
    private var reader: VectorReader

    /// Nil where some length in it is wrong: then nobody can tell where an SCT begins.
    @_lifetime(copy encoded)
    init?(_ encoded: Span<UInt8>) {
        var outer = VectorReader(encoded)
        guard let list = outer.vector(), outer.isAtEnd, list.count > 0 else { return nil }
        self.list = list
        reader = VectorReader(list)
        var elements = VectorReader(list)
        while !elements.isAtEnd {
            guard let element = elements.vector(), element.count > 0 else { return nil }
        }
    }

    /// Where the next SCT stands in the list.
    mutating func next() -> ByteRange? {
        guard let element = reader.vector() else { return nil }
        return ByteRange(reader.position - element.count, reader.position)
    }

    /// An SCT, encoded.
    @_lifetime(copy self)
    func sct(at place: ByteRange) -> Span<UInt8> { list.extracting(place) }
}
