// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The NSPinnedDomains of an Info.plist.
struct AppleWriter: PinFormatWriter {
    /// What a domain is pinned to.
    private struct Identities: Equatable {
        let leaf: [String]
        let ca: [String]

        var settings: [(key: String, value: PropertyListText)] {
            func list(_ key: String, _ pins: [String]) -> [(key: String, value: PropertyListText)] {
                let identities = pins.map { PropertyListText.dictionary([("SPKI-SHA256-BASE64", .string($0))]) }
                return pins.isEmpty ? [] : [(key, .array(identities))]
            }
            return list("NSPinnedLeafIdentities", leaf) + list("NSPinnedCAIdentities", ca)
        }
    }

    static func text(of export: inout Export) -> String? {
        var domains: [(rule: ExportedRule, identities: Identities)] = []
        var wildcards: [String: (rule: ExportedRule, identities: Identities)] = [:]
        for rule in export.rules {
            guard let identities = identities(of: rule, &export) else { continue }
            if rule.rule.isWildcard {
                wildcards[rule.name] = (rule, identities)
            } else {
                domains.append((rule, identities))
            }
        }
        let members = domains.map { domain -> (key: String, value: PropertyListText) in
            let name = domain.rule.name
            var includes = domain.rule.rule.includesSubdomains
            if includes {
                export.lose(domain.rule, "include-subdomains", "include-subdomains: there it reaches one label down")
            } else if wildcards[name]?.identities == domain.identities {
                wildcards[name] = nil
                includes = true
            }
            return (name, .dictionary([("NSIncludesSubdomains", .bool(includes))] + domain.identities.settings))
        }
        for wildcard in wildcards.values {
            export.lose(
                wildcard.rule, nil, "there names below a name are pinned as the name itself; it is left out")
        }
        guard !members.isEmpty else { return nil }
        return PropertyListText.dictionary([
            ("NSAppTransportSecurity", .dictionary([("NSPinnedDomains", .dictionary(members))]))
        ]).text
    }

    /// Nil for a rule that is left out.
    private static func identities(of exported: ExportedRule, _ export: inout Export) -> Identities? {
        let rule = exported.rule
        guard export.keeps(exported, isInherited: true) else { return nil }
        guard !exported.isAddress else {
            export.lose(exported, nil, "there an address has no pins; it is left out")
            return nil
        }
        export.loseSettings(of: exported, but: rule.match == .root ? [.lists] : [.lists, .match])
        let plain = exported.keys { $0.traits.list == .any }
        guard rule.match != .any || plain.isEmpty else {
            export.lose(
                exported, nil, "there a pin is the leaf's or a CA's: write leaf- or ca-, or match; it is left out")
            return nil
        }
        func pins(_ list: PinList) -> [String] {
            let isLeaf = list == .leaf
            return exported.keys { pin in
                pin.traits.list == list || pin.traits.list == .any && (rule.match == .leaf) == isLeaf
            }.map(\.base64)
        }
        let identities = Identities(leaf: pins(.leaf), ca: pins(.ca))
        guard identities.settings.isEmpty else { return identities }
        export.lose(exported, nil, "has no pin that is known there; it is left out")
        return nil
    }
}
