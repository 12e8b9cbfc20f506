/// Looks for a rule's pins on a path.
struct PinSearch {
    /// The shallowest pin found; of several at one depth, the one that stands first in the policy.
    private(set) var match: PinMatch?
    /// Lists that have pins, and those of which a pin was found, and one in use (not a backup) was: a bit each.
    private var present: UInt8 = 0
    private var found: UInt8 = 0
    private var foundInUse: UInt8 = 0

    /// Every list that is not empty has a pin on the path.
    var isMatched: Bool { present != 0 && found == present }
    /// Some list has been matched by backup pins alone.
    var isBackup: Bool { foundInUse != present }

    init<List: CertificateList, Backend: TLSBackend>(
        _ policy: borrowing Policy, _ rule: Rule, _ path: CertificationPath<List>, _ backend: Backend
    ) throws(Reason) {
        var depth = 0
        repeat {
            // Every depth is looked at until each list has found a pin in use: a backup pin that matches first
            // does not make a rotation.
            let allowed = Self.lists(at: depth, rule, path.count)
            try look(at: depth, allowed, policy, rule, path, backend)
            depth += 1
        } while depth < path.count && foundInUse != present
    }

    /// The lists whose pins may match at a depth.
    private static func lists(at depth: Int, _ rule: Rule, _ count: Int) -> UInt8 {
        if rule.maxDepth != 0, depth >= Int(rule.maxDepth) { return 0 }
        switch rule.match {
        case .leaf where depth != 0, .ca where depth == 0: return 0
        case .root where depth == 0 || depth != count - 1: return 0
        default: return bit(.any) | bit(depth == 0 ? .leaf : .ca)
        }
    }

    private static func bit(_ list: PinList) -> UInt8 { 1 << list.rawValue }

    private mutating func look<List: CertificateList, Backend: TLSBackend>(
        at depth: Int, _ allowed: UInt8, _ policy: borrowing Policy, _ rule: Rule,
        _ path: CertificationPath<List>, _ backend: Backend
    ) throws(Reason) {
        var digests = DepthDigests()
        for number in 0..<policy.pinRangeCount(of: rule) {
            let range = policy.pinRange(number, of: rule)
            let first = Int(range.first)
            for index in first..<(first + Int(range.count)) {
                let traits = policy.traits[index]
                guard !traits.isRejected else { continue }
                let list = Self.bit(traits.list)
                present |= list
                guard allowed & list != 0 else { continue }
                guard let digest = try digests.digest(traits.kind, at: depth, path, backend),
                    digest == policy.digests[index]
                else { continue }
                found |= list
                if !traits.isBackup { foundInUse |= list }
                if match == nil { match = PinMatch(depth: depth, kind: traits.kind, digest: digest) }
            }
        }
    }
}

/// The digests of one certificate, each computed when first asked for.
private struct DepthDigests {
    private var known: UInt8 = 0
    private var spki: Digest?
    private var key: Digest?
    private var certificate: Digest?

    mutating func digest<List: CertificateList, Backend: TLSBackend>(
        _ kind: PinKind, at depth: Int, _ path: CertificationPath<List>, _ backend: Backend
    ) throws(Reason) -> Digest? {
        if known & (1 << kind.rawValue) == 0 {
            known |= 1 << kind.rawValue
            let digest = try path.digest(kind, at: depth, backend)
            switch kind {
            case .spki: spki = digest
            case .key: key = digest
            case .certificate: certificate = digest
            }
        }
        switch kind {
        case .spki: return spki
        case .key: return key
        case .certificate: return certificate
        }
    }
}
