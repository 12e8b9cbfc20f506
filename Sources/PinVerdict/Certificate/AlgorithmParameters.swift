extension DERReader {
    /// Requires one element to be DER all the way down: the parameters of a key's algorithm may be of any
    /// type (RFC 5280, section 4.1.1.2), and a TLS library re-encodes those that it understands.
    @inline(__always)
    func requireStrict(_ parameters: DERElement) throws(MalformedDER) {
        if parameters.tag & DERTag.constructedBit == 0 {
            try requireStrictLeaf(parameters)
        } else {
            try requireStrictTree(parameters)
        }
    }

    private func requireStrictTree(_ parameters: DERElement) throws(MalformedDER) {
        // Depth-first without recursion: the ends of the elements that are still open.
        var open = InlineArray<16, Int>(repeating: 0)
        var depth = 0
        var reader = DERReader(self, inside: parameters)
        try requireLeafOrOpen(parameters, &open, &depth)
        while depth > 0 {
            if reader.position == open[depth - 1] {
                depth -= 1
                continue
            }
            let element = try reader.anyElement()
            guard element.end <= open[depth - 1] else { throw .truncated }
            try requireLeafOrOpen(element, &open, &depth)
            if element.tag & DERTag.constructedBit != 0 { reader.rewind(to: element.contents) }
        }
    }

    private func requireLeafOrOpen(
        _ element: DERElement, _ open: inout InlineArray<16, Int>, _ depth: inout Int
    ) throws(MalformedDER) {
        if element.tag & DERTag.constructedBit != 0 {
            // Of the universal types only SEQUENCE and SET are constructed in DER (X.690, 10.2).
            guard element.tag & DERTag.classBits != 0 || element.tag == DERTag.sequence || element.tag == DERTag.set
            else { throw .malformedParameters }
            guard depth < open.count else { throw .nestedTooDeep }
            open[depth] = element.end
            depth += 1
            return
        }
        try requireStrictLeaf(element)
    }

    /// Contents of a primitive element that DER allows, as far as the type is one with a rule of its own.
    @inline(__always)
    private func requireStrictLeaf(_ element: DERElement) throws(MalformedDER) {
        switch element.tag {
        case DERTag.integer, DERTag.enumerated:
            try requireInteger(element)
        case DERTag.objectIdentifier:
            try requireObjectIdentifier(element)
        case DERTag.null:
            guard element.end == element.contents else { throw .malformedParameters }
        case DERTag.boolean:
            guard element.end - element.contents == 1,
                bytes[element.contents] == 0 || bytes[element.contents] == 0xff
            else { throw .malformedParameters }
        case DERTag.bitString:
            try requireUnusedBitsZero(element)
        case 0, DERTag.sequence & ~DERTag.constructedBit, DERTag.set & ~DERTag.constructedBit:
            throw .malformedParameters  // end-of-contents octets, and the two types that are never primitive
        default:
            break
        }
    }

    /// At most seven unused bits, all of them zero, and none of an empty string (X.690, 8.6.2 and 11.2.1).
    private func requireUnusedBitsZero(_ element: DERElement) throws(MalformedDER) {
        guard element.end > element.contents else { throw .malformedParameters }
        let unused = bytes[element.contents]
        guard unused < 8 else { throw .malformedParameters }
        guard unused != 0 else { return }
        guard element.end - element.contents > 1, bytes[element.end - 1] & ((1 << unused) - 1) == 0
        else { throw .malformedParameters }
    }
}
