// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// What was seen of a host: each key by its depth.
struct ObservedHost {
    let name: String
    private(set) var seen = Sightings()
    private(set) var keys: [ObservedKey] = []
    /// Some path is not whole: where it ends is not known.
    private(set) var isTruncated = false
    /// There were more keys than are kept.
    private(set) var isCrowded = false
    /// Some path is a leaf alone.
    private(set) var hasPathWithoutCA = false
    private var places: [Place: Int] = [:]

    private struct Place: Hashable {
        let depth: Int
        let pin: PinKey
    }

    /// At all depths together; a rule has fewer pins.
    private static let maximumKeys = 512

    init(_ name: String) { self.name = name }

    /// Throws where a certificate cannot be read; then nothing was added.
    mutating func add(_ event: ObservedEvent) throws(Failure) {
        var path: [Place] = []
        var new: [ObservedKey] = []
        for (depth, bytes) in event.path.enumerated() {
            do throws(PinFailure) {
                let pin = try PinKind.spki.digest(of: bytes.span, crossChecks: false, BuiltInBackend.automatic)
                path.append(Place(depth: depth, pin: PinKey(pin, .spki)))
                guard places[path[depth]] == nil else { continue }
                new.append(try ObservedHost.key(depth, pin, bytes))
            } catch {
                throw Failure("certificate \(depth + 1) of the path cannot be read")
            }
        }
        for key in new {
            guard keys.count < ObservedHost.maximumKeys else {
                isCrowded = true
                break
            }
            places[path[key.depth]] = keys.count
            keys.append(key)
        }
        for place in path {
            guard let number = places[place] else { continue }
            keys[number].add(event, isLast: place.depth == path.count - 1)
        }
        seen.add(event)
        if event.isTruncated { isTruncated = true }
        if path.count == 1 { hasPathWithoutCA = true }
    }

    private static func key(_ depth: Int, _ pin: Digest, _ bytes: [UInt8]) throws(PinFailure) -> ObservedKey {
        let encoded = EncodedCertificate(fileName: "", line: nil, number: depth + 1, bytes: bytes)
        guard let summary = try? CertificateSummary(encoded, .automatic) else { throw .malformedCertificate }
        return ObservedKey(depth, pin, summary)
    }

    /// Whether the key was on every path.
    func isShared(_ key: ObservedKey) -> Bool { key.seen.checks == seen.checks }
}
