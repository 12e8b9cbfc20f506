// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

/// The NSPinnedDomains of an Info.plist.
struct AppleReader: PinFormatReader {
    static let name = "the NSPinnedDomains of an Info.plist"

    static func read(_ text: ImportedText, into policy: inout ImportedPolicy) throws(Failure) {
        let root = try PropertyList(text)
        let security = root["NSAppTransportSecurity"] ?? root
        guard let domains = security["NSPinnedDomains"] else {
            throw text.mistake(security.line, "there are no NSPinnedDomains")
        }
        if root["NSAppTransportSecurity"] != nil {
            for member in try security.requireMembers(of: "NSAppTransportSecurity")
            where member.key != "NSPinnedDomains" {
                policy.losses.add(
                    member.line, "\(ImportedText.quoted(member.key)): a policy is about pins, and TLS alone")
            }
        }
        for domain in try domains.requireMembers(of: "NSPinnedDomains") {
            try read(domain, into: &policy)
        }
    }

    private static let keys = ["NSIncludesSubdomains", "NSPinnedLeafIdentities", "NSPinnedCAIdentities"]

    private static func read(_ domain: PropertyList.Member, into policy: inout ImportedPolicy) throws(Failure) {
        var includesChildren = false
        let number = policy.addSet("apple-\(domain.key)", domain.line)
        for setting in try domain.value.requireMembers(of: domain.key) {
            switch setting.key {
            case "NSIncludesSubdomains": includesChildren = try setting.value.requireBool(setting.key)
            case "NSPinnedLeafIdentities": try read(setting, .leaf, toSet: number, &policy)
            case "NSPinnedCAIdentities": try read(setting, .ca, toSet: number, &policy)
            default:
                try policy.text.requireCase(of: setting.key, setting.line, in: keys)
                policy.losses.add(
                    setting.line, "\(ImportedText.quoted(setting.key)): no key that Apple's documentation has")
            }
        }
        let set = policy.sets[number].pins.isEmpty ? nil : number
        try policy.addHost(domain.key, domain.line) { $0.set = set }
        guard includesChildren, policy.hosts.last?.isAddress == false else { return }
        policy.note("NSIncludesSubdomains reaches one label down, and no further: a wildcard, not include-subdomains.")
        try policy.addHost(domain.key, isWildcard: true, domain.line) { $0.set = set }
    }

    private static func read(
        _ identities: PropertyList.Member, _ list: PinList, toSet set: Int, _ policy: inout ImportedPolicy
    ) throws(Failure) {
        let array = try identities.value.requireArray(identities.key)
        guard !array.isEmpty else {
            throw policy.text.mistake(identities.line, "\(ImportedText.quoted(identities.key)) has no identity")
        }
        for identity in array {
            let members = try identity.requireMembers(of: identities.key)
            guard !members.isEmpty else {
                throw policy.text.mistake(
                    identity.line, "an identity is a SPKI-SHA256-BASE64; there is none in this one")
            }
            for member in members {
                guard member.key == "SPKI-SHA256-BASE64" else {
                    throw policy.text.mistake(
                        member.line, "an identity is a SPKI-SHA256-BASE64; found \(ImportedText.quoted(member.key))")
                }
                try policy.addPin(member.value.requireString(member.key), list, toSet: set, member.value.line)
            }
        }
    }
}
