// SPDX-License-Identifier: Apache-2.0

import CPosix
import PinVerdictCore
import Synchronization

/// Which SCTs were found good, of the certificates that a checker has seen last: where all are good, signatures are
/// looked at once, however often a certificate comes. It has a fixed number of places, of which a certificate has one,
/// and all threads share it.
///
/// Nobody waits: who finds a place taken goes on as if nothing were remembered, or remembers nothing. A value of this
/// type is a handle, which ``free()`` gives back.
@safe
public struct VerifiedSCTs: SCTMemory, @unchecked Sendable {
    /// Nil where there was no memory: then nothing is remembered.
    private let places: UnsafeMutablePointer<PathPlace<Good>>?

    private struct Good: RememberedPath {
        let scts: UInt16
        func free() {}
    }

    /// One for each first octet of a key.
    private static var capacity: Int { 256 }

    /// A place is known to be taken by a host.
    private static var somebody: HostNumber { HostNumber(1) }

    public init() {
        // Zeroed memory is what empty places look like.
        let memory = unsafe calloc(Self.capacity, MemoryLayout<PathPlace<Good>>.stride)
        unsafe places = memory?.bindMemory(to: PathPlace<Good>.self, capacity: Self.capacity)
    }

    public func free() { unsafe CPosix.free(places) }

    public func goodSCTs(_ key: Digest) -> UInt16? {
        guard let place = unsafe place(of: key), unsafe place.pointee.beginReading() else { return nil }
        defer { unsafe place.pointee.endReading() }
        return unsafe place.pointee.holds(key, of: Self.somebody) ? place.pointee.path.scts : nil
    }

    public func remember(_ good: UInt16, under key: Digest) {
        guard let place = unsafe place(of: key), unsafe place.pointee.beginWriting() else { return }
        unsafe place.pointee.key = key
        unsafe place.pointee.path = Good(scts: good)
        unsafe place.pointee.host.store(Self.somebody.value, ordering: .relaxed)
        unsafe place.pointee.endWriting()
    }

    /// Nobody can choose it: a log has signed what is hashed, or the certificate's issuer has.
    private func place(of key: Digest) -> UnsafeMutablePointer<PathPlace<Good>>? {
        unsafe places.map { unsafe $0 + Int(key[0]) }
    }
}
