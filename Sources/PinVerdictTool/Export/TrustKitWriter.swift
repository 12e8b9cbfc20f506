// SPDX-License-Identifier: Apache-2.0

/// TrustKit's configuration.
struct TrustKitWriter: PinFormatWriter {
    private typealias Settings = [(key: String, value: PropertyListText)]

    static func text(of export: inout Export) -> String? {
        var domains: Settings = []
        var isPinned = false
        for rule in export.rules {
            guard let settings = settings(of: rule, &export) else { continue }
            if settings.contains(where: { $0.key == "TSKPublicKeyHashes" }) { isPinned = true }
            domains.append((rule.name, .dictionary(settings)))
        }
        guard isPinned else { return nil }
        return PropertyListText.dictionary([
            (
                "TSKConfiguration",
                .dictionary([
                    ("TSKIgnorePinningForUserDefinedTrustAnchors", .bool(false)),
                    ("TSKPinnedDomains", .dictionary(domains)),
                ])
            )
        ]).text
    }

    /// Nil for a rule that is left out.
    private static func settings(of rule: ExportedRule, _ export: inout Export) -> Settings? {
        guard !rule.rule.isWildcard else {
            export.lose(rule, nil, "there a name stands for itself or for all names below it; it is left out")
            return nil
        }
        guard rule.enforcement != .off else { return exclusion(of: rule, &export) }
        export.loseSettings(of: rule, but: [.expiry])
        let pins = rule.keys()
        guard pins.count > 1 else {
            export.lose(rule, nil, "TrustKit does not start with fewer than two pins of a host; it is not pinned")
            return exclusion(of: rule, &export)
        }
        var settings: Settings = [
            ("TSKIncludeSubdomains", .bool(rule.rule.includesSubdomains)),
            ("TSKEnforcePinning", .bool(rule.enforcement == .enforce)),
            ("TSKPublicKeyHashes", .array(pins.map { .string($0.base64) })),
            // Else a refusal would be reported to TrustKit's makers.
            ("TSKDisableDefaultReportUri", .bool(true)),
        ]
        if let date = export.expiration(of: rule) { settings.append(("TSKExpirationDate", .string(date))) }
        return settings
    }

    /// TrustKit takes no other key beside it.
    private static func exclusion(of rule: ExportedRule, _ export: inout Export) -> Settings? {
        guard rule.isCovered else { return nil }
        if rule.rule.includesSubdomains {
            export.lose(rule, "include-subdomains", "there names below it keep the pins of the parent")
        }
        return [("TSKExcludeSubdomainFromParentPolicy", .bool(true))]
    }
}
