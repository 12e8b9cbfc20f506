// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PinVerdictCore

@Suite struct PinTraitsTests {
    /// Every pin that can be said, its kind, list and part in them apart.
    static let all: [(kind: PinKind, list: PinList, isBackup: Bool)] = (0..<PinKind.count).flatMap { kind in
        (0..<PinList.count).flatMap { list in
            [false, true].map { (PinKind(index: kind)!, PinList(index: list)!, $0) }
        }
    }

    /// Who adds a case and forgets its number is told here.
    @Test func `the counts are those of the cases`() {
        let kinds = (0...255).compactMap { PinKind(rawValue: UInt8($0)) }
        #expect(kinds == (0..<PinKind.count).map { PinKind(index: $0) })
        #expect(kinds.map(\.rawValue) == (1...UInt8(PinKind.count)).map { $0 })
        let lists = (0...255).compactMap { PinList(rawValue: UInt8($0)) }
        #expect(lists == (0..<PinList.count).map { PinList(index: $0) })
        #expect(PinKind(index: PinKind.count) == nil && PinKind(index: -1) == nil)
    }

    @Test func `there is room for every class`() {
        #expect(PinTraits.classCount <= PinTraits.classCapacity)
        #expect(PinTraits.classCount <= PinMask.capacity)
        #expect(PinTraits.classCount <= PinClassSlots<Bool>.count)
    }

    @Test func `what is packed comes out again`() {
        var classes: Set<UInt8> = []
        for (kind, list, isBackup) in Self.all {
            let traits = PinTraits(kind: kind, list: list, isBackup: isBackup)
            #expect(traits.kind == kind && traits.list == list && traits.isBackup == isBackup && !traits.isRejected)
            #expect(traits != .rejected)
            #expect(Int(traits.classNumber) < PinTraits.classCount)
            classes.insert(traits.classNumber)
        }
        #expect(classes.count == PinTraits.classCount)
        #expect(PinTraits.rejected.isRejected && PinTraits.rejected.kind == .spki && !PinTraits.rejected.isBackup)
    }

    @Test func `a key name is read as it is written`() {
        var names: Set<String> = []
        for traits in Self.all.map({ PinTraits(kind: $0, list: $1, isBackup: $2) }) + [.rejected] {
            let name = traits.keyName
            #expect(!name.isTruncated)
            #expect(PinTraits(keyName: name.span) == traits)
            names.insert(String(name.span))
        }
        #expect(names.count == Self.all.count + 1)
        #expect(names.isSuperset(of: ["pin-sha256", "backup-ca-certificate-sha256", "rejected-pin-sha256"]))
    }
}
