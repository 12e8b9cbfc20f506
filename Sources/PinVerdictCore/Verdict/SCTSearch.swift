// SPDX-License-Identifier: Apache-2.0

/// Looks for SCTs of a policy's logs that are good: known log, no timestamp in the future, signature by the log's key.
struct SCTSearch: ~Escapable {
    private let logs: CTLogTable
    private var found = SCTSlots<Found>(repeating: Found())
    private var count = 0

    private struct Found: BitwiseCopyable {
        /// In the list.
        var place = ByteRange(0, 0)
        var log: UInt8 = 0
        var timestamp: UInt64 = 0
    }

    /// The logs whose SCT counts, each once; how many operators they have; and whether one of them is in service.
    struct Count {
        var logs = 0
        var operators = 0
        var isInService = false

        /// From two on, logs of one operator do not do.
        func suffices(_ required: Int) -> Bool {
            logs >= required && operators >= min(required, 2) && isInService
        }
    }

    @_lifetime(copy logs)
    init(_ logs: CTLogTable) { self.logs = logs }

    /// Counts those of a leaf whose issuer has a key with this SHA-256.
    mutating func count<Backend: TLSBackend, Memory: SCTMemory>(
        _ leaf: Span<UInt8>, issuerKey: Digest, at time: Int64, _ backend: Backend, _ memory: Memory
    ) -> Count {
        guard let certificate = try? LoggedCertificate(leaf), let list = SCTList(certificate.list) else {
            return Count()
        }
        collect(list, at: time)
        guard count > 0 else { return Count() }
        return tally(good(leaf, certificate, list, issuerKey: issuerKey, backend, memory), at: time)
    }

    /// A bit for each of those that were found whose signature is good, from memory where they are remembered.
    private func good<Backend: TLSBackend, Memory: SCTMemory>(
        _ leaf: Span<UInt8>, _ certificate: LoggedCertificate, _ list: SCTList, issuerKey: Digest, _ backend: Backend,
        _ memory: Memory
    ) -> UInt16 {
        let key = backend.sha256 { hash in
            hash(leaf)
            issuerKey.withSpan(hash)
            for index in 0..<count { hash(list.sct(at: found[index].place)) }
        }
        guard let key else { return 0 }
        if let good = memory.goodSCTs(key) { return good }
        let good = verified(certificate, list, issuerKey: issuerKey, backend)
        // A signature that does not come out good may have been the library's failure, of a moment.
        if good == 1 << UInt16(count) &- 1 { memory.remember(good, under: key) }
        return good
    }

    /// Finds those that may count. A time before 1970 comes before all of them.
    private mutating func collect(_ list: SCTList, at time: Int64) {
        var places = list
        while count < found.count, let place = places.next() {
            guard let sct = SCT(list.sct(at: place)), let log = logs.number(of: sct.logID),
                time >= 0, sct.timestamp / 1000 <= UInt64(time)
            else { continue }
            found[count] = Found(place: place, log: UInt8(truncatingIfNeeded: log), timestamp: sct.timestamp)
            count += 1
        }
    }

    /// A bit for each whose signature is good.
    private func verified<Backend: TLSBackend>(
        _ certificate: LoggedCertificate, _ list: SCTList, issuerKey: Digest, _ backend: Backend
    ) -> UInt16 {
        var good: UInt16 = 0
        for index in 0..<count {
            guard let sct = SCT(list.sct(at: found[index].place)) else { continue }
            let digest = backend.sha256 { hash in
                certificate.forEachSignedPiece(of: sct, issuerKey: issuerKey, hash)
            }
            guard let digest else { continue }
            let isGood = logs[Int(found[index].log)].key.withSpan {
                backend.isSignature(sct.signature, ofDigest: digest, byKey: $0)
            }
            if isGood { good |= 1 << UInt16(index) }
        }
        return good
    }

    /// Of a log that has retired an SCT counts where the certificate is older than that: its first good SCT is.
    private func tally(_ good: UInt16, at time: Int64) -> Count {
        var first = UInt64.max
        for index in 0..<count where good & 1 << UInt16(index) != 0 { first = min(first, found[index].timestamp) }
        var result = Count()
        var logsSeen = InlineArray<2, UInt64>(repeating: 0)
        var operators: UInt64 = 0
        for index in 0..<count where good & 1 << UInt16(index) != 0 {
            let number = Int(found[index].log)
            let log = logs[number]
            guard first / 1000 < UInt64(max(0, log.retired)) else { continue }
            logsSeen[number >> 6] |= 1 << UInt64(number & 63)
            operators |= 1 << UInt64(log.operatorNumber)
            if time < log.retired { result.isInService = true }
        }
        result.logs = logsSeen[0].nonzeroBitCount + logsSeen[1].nonzeroBitCount
        result.operators = operators.nonzeroBitCount
        return result
    }
}
