// SPDX-License-Identifier: Apache-2.0

/// Android's network security configuration. Names and pins have no character that XML would have to escape.
struct AndroidWriter: PinFormatWriter {
    /// Domains with the same pins.
    private struct Group {
        let pinSet: String
        var domains: [String]
    }

    static func text(of export: inout Export) -> String? {
        var groups: [Group] = []
        var numbers: [String: Int] = [:]
        var isPinned = false
        for rule in export.rules {
            guard let pinSet = pinSet(of: rule, &export) else { continue }
            if pinSet != none { isPinned = true }
            let attribute = rule.rule.includesSubdomains ? " includeSubdomains=\"true\"" : ""
            let domain = "        <domain\(attribute)>\(rule.name)</domain>\n"
            if let number = numbers[pinSet] {
                groups[number].domains.append(domain)
            } else {
                numbers[pinSet] = groups.count
                groups.append(Group(pinSet: pinSet, domains: [domain]))
            }
        }
        guard isPinned else { return nil }
        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<network-security-config>\n"
            + groups.map { "    <domain-config>\n\($0.domains.joined())\($0.pinSet)    </domain-config>\n" }.joined()
            + "</network-security-config>\n"
    }

    /// Of a domain that is not pinned.
    private static let none = "        <pin-set/>\n"

    /// Nil for a rule that is left out.
    private static func pinSet(of rule: ExportedRule, _ export: inout Export) -> String? {
        guard !rule.rule.isWildcard else {
            export.lose(rule, nil, "there a name stands for itself or for all names below it; it is left out")
            return nil
        }
        let notPinned = rule.isCovered ? none : nil
        switch rule.enforcement {
        case .off: return notPinned
        case .reportOnly:
            export.lose(rule, "enforcement", "report-only: there pins are enforced or absent; it is not pinned")
            return notPinned
        case .enforce: break
        }
        export.loseSettings(of: rule, but: [.expiry])
        let pins = rule.keys()
        guard !pins.isEmpty else {
            export.lose(rule, nil, "has no pin that is known there; it is not pinned")
            return notPinned
        }
        let attribute = export.expiration(of: rule).map { " expiration=\"\($0)\"" } ?? ""
        return "        <pin-set\(attribute)>\n"
            + pins.map { "            <pin digest=\"SHA-256\">\($0.base64)</pin>\n" }.joined()
            + "        </pin-set>\n"
    }
}
