// SPDX-License-Identifier: Apache-2.0

extension DERReader {
    /// Reads one element and requires it to be DER all the way down: the parameters of a key's algorithm may be of
    /// any type (RFC 5280, section 4.1.1.2), and a TLS library re-encodes those that it understands.
    mutating func requireStrictElement() throws(MalformedDER) {
        // Depth-first without recursion: this reader enters what is constructed, and skips what is not.
        var open = InlineArray<16, UInt32>(repeating: 0)  // the ends of the elements that were entered
        var depth = 0
        repeat {
            let tag = try nextTag()
            let limit = depth > 0 ? open[depth - 1] : end
            let contents = try enter(tag)
            guard contents.end <= limit else { throw .truncated }
            if tag & DERTag.constructedBit != 0 {
                // Of the universal types only SEQUENCE and SET are constructed in DER (X.690, 10.2).
                guard tag & DERTag.classBits != 0 || tag == DERTag.sequence || tag == DERTag.set
                else { throw .malformedParameters }
                guard depth < open.count else { throw .nestedTooDeep }
                open[depth] = contents.end
                depth += 1
            } else {
                try contents.requireStrictLeaf(tag)
                skip(contents.end &- contents.position)
            }
            while depth > 0, open[depth - 1] == position { depth -= 1 }
        } while depth > 0
    }

    /// The contents of a BOOLEAN that is true, in DER (X.690, 11.1).
    private static var booleanTrue: UInt8 { 0xff }

    /// Requires of a primitive element's contents what DER does of its type; most types allow any.
    @inline(__always)
    private func requireStrictLeaf(_ tag: UInt8) throws(MalformedDER) {
        switch tag {
        case DERTag.integer, DERTag.enumerated:
            try requireInteger()
        case DERTag.objectIdentifier:
            try requireObjectIdentifier()
        case DERTag.null:
            guard isAtEnd else { throw .malformedParameters }
        case DERTag.boolean:
            guard count == 1, self[0] == 0 || self[0] == Self.booleanTrue else { throw .malformedParameters }
        case DERTag.bitString:
            try requireUnusedBitsZero()
        case 0, DERTag.sequence & ~DERTag.constructedBit, DERTag.set & ~DERTag.constructedBit:
            throw .malformedParameters  // end-of-contents octets, and the two types that are never primitive
        default:
            break
        }
    }

    /// A BIT STRING has at most seven unused bits, all zero, and an empty one has none (X.690, 8.6.2 and 11.2.1).
    private func requireUnusedBitsZero() throws(MalformedDER) {
        guard count > 0 else { throw .malformedParameters }
        let unused = self[0]  // read once: the memory is the caller's
        guard unused < 8 else { throw .malformedParameters }
        guard unused != 0 else { return }
        guard count > 1, self[count - 1] & ((1 << unused) - 1) == 0 else { throw .malformedParameters }
    }
}
