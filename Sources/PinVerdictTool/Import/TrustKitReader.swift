// SPDX-License-Identifier: Apache-2.0

/// TrustKit's configuration, in an Info.plist or by itself.
struct TrustKitReader: PinFormatReader {
    static let name = "a TrustKit configuration"

    static func read(_ text: ImportedText, into policy: inout ImportedPolicy) throws(Failure) {
        let root = try PropertyList(text)
        let configuration = root["TSKConfiguration"] ?? root
        guard let domains = configuration["TSKPinnedDomains"] else {
            throw text.mistake(configuration.line, "not a TrustKit configuration: there are no TSKPinnedDomains")
        }
        if try configuration["TSKIgnorePinningForUserDefinedTrustAnchors"]?
            .requireBool("TSKIgnorePinningForUserDefinedTrustAnchors") ?? true
        {
            policy.losses.add(
                configuration.line,
                "TSKIgnorePinningForUserDefinedTrustAnchors: here pins hold for roots that users have installed, too")
        }
        for member in try configuration.requireMembers(of: "TSKConfiguration") {
            switch member.key {
            case "TSKPinnedDomains", "TSKIgnorePinningForUserDefinedTrustAnchors": continue
            case "TSKSwizzleNetworkDelegates":
                policy.losses.add(member.line, "\(member.key): how an application asks for verdicts is its own matter")
            default: try lose(member, &policy)
            }
        }
        for domain in try domains.requireMembers(of: "TSKPinnedDomains") {
            try read(domain, text, into: &policy)
        }
    }

    private static func read(
        _ domain: PropertyList.Member, _ text: ImportedText, into policy: inout ImportedPolicy
    ) throws(Failure) {
        let settings = try domain.value.requireMembers(of: domain.key)
        var host = ImportedPolicy.Host(name: "", line: domain.line)
        var hashes: [PropertyList] = []
        var isExcluded = false
        for setting in settings {
            let value = setting.value
            switch setting.key {
            case "TSKIncludeSubdomains": host.includesSubdomains = try value.requireBool(setting.key)
            case "TSKEnforcePinning": host.isReportOnly = try !value.requireBool(setting.key)
            case "TSKExcludeSubdomainFromParentPolicy": isExcluded = try value.requireBool(setting.key)
            case "TSKPublicKeyHashes": hashes = try value.requireArray(setting.key)
            // A policy reports nowhere by itself.
            case "TSKDisableDefaultReportUri" where value.isTrue: continue
            case "TSKExpirationDate":
                host.lastDay = try policy.lastDay(before: value.requireString(setting.key), value.line)
            default: try lose(setting, &policy)
            }
        }
        guard isExcluded == hashes.isEmpty else {
            throw text.mistake(
                domain.line,
                "a domain has TSKPublicKeyHashes, or TSKExcludeSubdomainFromParentPolicy; one and not the other")
        }
        if !isExcluded {
            let set = policy.addSet("trustkit-\(domain.key)", domain.line)
            for hash in hashes {
                try policy.addPin(hash.requireString("TSKPublicKeyHashes"), toSet: set, hash.line)
            }
            host.set = set
        }
        try policy.addHost(domain.key, domain.line) { added in
            added.includesSubdomains = host.includesSubdomains
            added.isReportOnly = host.isReportOnly
            added.lastDay = host.lastDay
            added.set = host.set
        }
    }

    private static let keys = [
        "TSKIgnorePinningForUserDefinedTrustAnchors", "TSKSwizzleNetworkDelegates", "TSKIncludeSubdomains",
        "TSKEnforcePinning", "TSKExcludeSubdomainFromParentPolicy", "TSKPublicKeyHashes", "TSKExpirationDate",
        "TSKReportUris", "TSKDisableDefaultReportUri", "TSKPublicKeyAlgorithms", "TSKAdditionalTrustAnchors",
    ]

    private static func lose(_ member: PropertyList.Member, _ policy: inout ImportedPolicy) throws(Failure) {
        try policy.text.requireCase(of: member.key, member.line, in: keys)
        let what =
            switch member.key {
            case "TSKReportUris", "TSKDisableDefaultReportUri": "a policy does not say where reports go"
            case "TSKPublicKeyAlgorithms": "a pin holds for keys of every algorithm"
            case "TSKAdditionalTrustAnchors": "whom to trust is for the checker's trust file to say"
            default: "no key that TrustKit's documentation has"
            }
        policy.losses.add(member.line, "\(ImportedText.quoted(member.key)): \(what)")
    }
}
