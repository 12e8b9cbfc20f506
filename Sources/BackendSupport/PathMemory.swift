// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// Paths that were validated before, so that what cannot have changed need not be done again. It belongs to a checker,
/// has a fixed number of places, and is shared by all threads.
///
/// Nobody waits. A place counts its readers, and is written only while it has none and no other writer: who finds it
/// taken goes on as if nothing were remembered, or remembers nothing. A child that was forked in the middle of that
/// finds a place taken for ever, which costs it that place.
///
/// A path lies in one of the few places of its host, which a seed chooses that nobody outside can know. A new path
/// takes an empty one of them, else one of the same host's, else the next in turn: who makes endless different chains
/// for a host pushes out what is remembered of that host, and at most one path of others.
@safe
public struct PathMemory<Path: RememberedPath>: ~Copyable, @unchecked Sendable {
    /// Nil where there was no memory: then nothing is remembered.
    private let places: UnsafeMutablePointer<Place>?
    private let seed: InlineArray<2, UInt64>
    private let turn = Atomic<Int>(0)

    private static var hostCount: Int { 64 }
    private static var placesOfHost: Int { 4 }
    /// How many paths are remembered at most.
    public static var capacity: Int { hostCount * placesOfHost }

    private typealias Place = PathPlace<Path>

    public init() {
        // Zeroed memory is what empty places look like.
        let memory = unsafe calloc(Self.capacity, MemoryLayout<Place>.stride)
        var seed = InlineArray<2, UInt64>(repeating: 0)
        let isSeeded = unsafe withUnsafeMutableBytes(of: &seed) { unsafe getentropy($0.baseAddress, $0.count) == 0 }
        self.seed = seed
        guard isSeeded else {
            unsafe CPosix.free(memory)
            unsafe places = nil
            return
        }
        unsafe places = memory?.bindMemory(to: Place.self, capacity: Self.capacity)
    }

    deinit {
        guard let places = unsafe places else { return }
        for index in 0..<Self.capacity {
            // One that is being written was so when this process was forked: half of it may be there.
            let place = unsafe places + index
            if unsafe place.pointee.users.load(ordering: .acquiring) >= 0, unsafe place.pointee.isTaken {
                unsafe place.pointee.path.free()
            }
        }
        unsafe CPosix.free(places)
    }

    /// Nil where the library cannot hash.
    public borrowing func host<Backend: TLSBackend>(_ name: borrowing HostName, _ backend: Backend) -> HostNumber? {
        var text = ASCIIText<512>()
        for index in 0..<2 {
            for octet in 0..<8 { text.append(UInt8(truncatingIfNeeded: seed[index] >> UInt64(8 * octet))) }
        }
        text.append(name.span)
        guard let digest = text.withSpan({ backend.sha256($0) }) else { return nil }
        var number: UInt64 = 0
        for octet in 0..<8 { number = number << 8 | UInt64(digest[octet]) }
        return HostNumber(number)
    }

    /// Lends the path that is remembered under a key, which nobody frees until the body returns.
    public borrowing func withPath<Result, Failure: Error>(
        _ key: Digest, of host: HostNumber, _ body: (Path) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let first = unsafe firstPlace(of: host) else { return nil }
        for index in 0..<Self.placesOfHost {
            let place = unsafe first + index
            guard unsafe place.pointee.host.load(ordering: .relaxed) == host.value, unsafe place.pointee.beginReading()
            else { continue }
            defer { unsafe place.pointee.endReading() }
            if unsafe place.pointee.holds(key, of: host) { return try unsafe body(place.pointee.path) }
        }
        return nil
    }

    /// Remembers a path under a key, in the place of what was remembered under it, and takes the path over.
    public borrowing func keep(_ path: Path, under key: Digest, of host: HostNumber) {
        guard let place = unsafe placeToWrite(key, of: host) else { return path.free() }
        if unsafe place.pointee.isTaken { unsafe place.pointee.path.free() }
        unsafe place.pointee.key = key
        unsafe place.pointee.path = path
        unsafe place.pointee.host.store(host.value, ordering: .relaxed)
        unsafe place.pointee.endWriting()
    }

    /// Forgets what is remembered under a key.
    public borrowing func forget(_ key: Digest, of host: HostNumber) {
        guard let first = unsafe firstPlace(of: host) else { return }
        for index in 0..<Self.placesOfHost {
            let place = unsafe first + index
            guard unsafe place.pointee.beginReading() else { continue }
            let isSame = unsafe place.pointee.holds(key, of: host)
            unsafe place.pointee.endReading()
            guard isSame, unsafe place.pointee.beginWriting() else { continue }
            if unsafe place.pointee.holds(key, of: host) {
                unsafe place.pointee.path.free()
                unsafe place.pointee.host.store(0, ordering: .relaxed)
            }
            unsafe place.pointee.endWriting()
        }
    }

    private borrowing func firstPlace(of host: HostNumber) -> UnsafeMutablePointer<Place>? {
        guard let places = unsafe places else { return nil }
        return unsafe places + Int(host.value % UInt64(Self.hostCount)) * Self.placesOfHost
    }

    /// A place of the host's whose writer the caller is now; nil where others use it.
    private borrowing func placeToWrite(_ key: Digest, of host: HostNumber) -> UnsafeMutablePointer<Place>? {
        guard let first = unsafe firstPlace(of: host) else { return nil }
        var empty: Int?
        var sameHost: Int?
        for index in 0..<Self.placesOfHost {
            let place = unsafe first + index
            let number = unsafe place.pointee.host.load(ordering: .relaxed)
            if number == 0 { empty = empty ?? index }
            guard number == host.value, unsafe place.pointee.beginReading() else { continue }
            let isSame = unsafe place.pointee.holds(key, of: host)
            unsafe place.pointee.endReading()
            if isSame { return unsafe Self.beginWriting(first + index) }
            sameHost = sameHost ?? index
        }
        let next = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return unsafe Self.beginWriting(first + (empty ?? sameHost ?? next & (Self.placesOfHost - 1)))
    }

    private static func beginWriting(_ place: UnsafeMutablePointer<Place>) -> UnsafeMutablePointer<Place>? {
        unsafe place.pointee.beginWriting() ? place : nil
    }
}
