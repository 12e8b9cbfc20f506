// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PinMaskTests {
    @Test func `a mask has the classes that were put into it`() {
        for (kind, list, _) in PinTraitsTests.all {
            let traits = PinTraits(kind: kind, list: list)
            var mask = PinMask()
            mask.insert(traits)
            for (otherKind, otherList, isBackup) in PinTraitsTests.all {
                let other = PinTraits(kind: otherKind, list: otherList, isBackup: isBackup)
                #expect(mask.contains(other) == (otherKind == kind && otherList == list))
                #expect(mask.intersects(PinMask(otherKind)) == (otherKind == kind))
                #expect(mask.intersects(PinMask(otherList)) == (otherList == list))
            }
        }
    }

    @Test func `every kind and list has its classes and no others`() {
        for (kind, list, _) in PinTraitsTests.all {
            let both = PinMask(kind).intersection(PinMask(list))
            var expected = PinMask()
            expected.insert(PinTraits(kind: kind, list: list))
            #expect(both == expected)
        }
        #expect(PinMask().isEmpty && !PinMask(PinKind.key).isEmpty)
    }

    @Test func `lists are the same whatever the kind`() {
        for (kind, list, _) in PinTraitsTests.all {
            var mask = PinMask()
            mask.insert(PinTraits(kind: kind, list: list))
            #expect(mask.lists == PinMask(list).lists)
        }
        #expect(PinMask(PinList.leaf).lists != PinMask(PinList.ca).lists)
        #expect(PinMask(PinKind.spki).lists == PinMask(.any as PinList).union(PinMask(.leaf)).union(PinMask(.ca)).lists)
    }
}
