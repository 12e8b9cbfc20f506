// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// TLSA records (RFC 6698) for port 443, as lines of a zone. Usages 0 and 1, a CA's and the leaf's, demand what a
/// policy does beside the pin: that the chain is valid.
struct TLSAWriter: PinFormatWriter {
    static func text(of export: inout Export) -> String? {
        var lines: [String] = []
        if export.hosts.isEmpty {
            for rule in export.rules { lines += records(rule, owner: owner(of: rule, &export), &export) }
        } else {
            for host in export.hosts {
                guard let rule = export.rule(for: host) else { continue }
                lines += records(rule, owner: host.isAddress ? nil : String(host.text.span), &export)
            }
        }
        return lines.isEmpty ? nil : lines.joined()
    }

    /// The name that a rule is for by itself.
    private static func owner(of rule: ExportedRule, _ export: inout Export) -> String? {
        guard rule.enforcement == .enforce else { return rule.name }
        if rule.rule.isWildcard {
            export.lose(rule, nil, "there a record is of one name; name them with --host")
            return nil
        }
        if rule.rule.includesSubdomains {
            export.lose(rule, "include-subdomains", "there a record is of one name; name those below with --host")
        }
        return rule.name
    }

    private static func records(_ rule: ExportedRule, owner: String?, _ export: inout Export) -> [String] {
        guard export.keeps(rule) else { return [] }
        guard let owner, !rule.isAddress else {
            if rule.isAddress { export.lose(rule, nil, "there an address has no records; it is left out") }
            return []
        }
        let kept: Set<Export.Setting> = [.lists, .match, .kinds, .backups]
        export.loseSettings(of: rule, but: rule.rule.match == .root ? kept.subtracting([.match]) : kept)
        if Set(rule.pins.map(\.traits.list)).count > 1 {
            export.lose(rule, nil, "several lists: there one record of any of them will do")
        }
        return rule.pins.flatMap { pin -> [String] in
            guard let selector = selector(of: pin.traits.kind) else {
                export.losses.add(pin.line, "\(pin.key): there a bare key has no record; it is left out")
                return []
            }
            return usages(pin.traits.list, rule.rule.match).map { usage in
                "_443._tcp.\(owner). IN TLSA \(usage) \(selector) 1 \(pin.digest.hex)\n"
            }
        }
    }

    private static func selector(of kind: PinKind) -> Int? {
        switch kind {
        case .spki: 1
        case .certificate: 0
        default: nil
        }
    }

    /// A pin that may be anybody's is one record for the leaf and one for CAs.
    private static func usages(_ list: PinList, _ match: Match) -> [Int] {
        switch (list, match) {
        case (.leaf, _), (_, .leaf): [1]
        case (.ca, _), (_, .ca), (_, .root): [0]
        case (.any, .any): [1, 0]
        }
    }
}

extension Digest {
    /// 64 digits.
    var hex: String {
        (0..<Digest.size).map { (self[$0] < 16 ? "0" : "") + String(self[$0], radix: 16) }.joined()
    }
}
