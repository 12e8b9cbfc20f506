// SPDX-License-Identifier: Apache-2.0

extension PolicyKey {
    /// The key that the author of an unknown one most likely meant: at most two letters away.
    static func suggestion(for name: Span<UInt8>) -> ASCIIText<48>? {
        guard name.count <= 32 else { return nil }
        var best: ASCIIText<48>?
        var bestDistance = 3
        @inline(never)
        func consider(_ candidate: ASCIIText<48>) {
            let distance = editDistance(name, candidate.span)
            if distance < bestDistance {
                best = candidate
                bestDistance = distance
            }
        }
        var number: UInt8 = 0
        while let key = PolicyKey(rawValue: number) {
            if let own = key.row.name {
                var candidate = ASCIIText<48>()
                candidate.append(own)
                consider(candidate)
            }
            number += 1
        }
        consider(PinTraits.rejected.keyName)
        for place in 0..<(2 * PinTraits.classCount) {
            let (classNumber, isBackup) = (place % PinTraits.classCount, place >= PinTraits.classCount)
            guard let kind = PinKind(index: classNumber / PinList.count),
                let list = PinList(index: classNumber % PinList.count)
            else { continue }
            consider(PinTraits(kind: kind, list: list, isBackup: isBackup).keyName)
        }
        return best
    }

    /// Levenshtein's distance of a name and a key.
    @inline(never)
    private static func editDistance(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
        var row = InlineArray<49, Int>(repeating: 0)
        for column in 0...right.count { row[column] = column }
        for line in left.indices {
            var diagonal = row[0]
            row[0] = line + 1
            for column in right.indices {
                let substituted = diagonal + (left[line] == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
