// SPDX-License-Identifier: Apache-2.0

/// The elements of Android's network security configuration, with what its documentation has in each.
enum AndroidVocabulary {
    static let elements: [String: (attributes: [String], children: [String])] = [
        "network-security-config": ([], ["base-config", "domain-config", "debug-overrides"]),
        "base-config": (["cleartextTrafficPermitted"], ["trust-anchors"] + switches),
        "domain-config": (
            ["cleartextTrafficPermitted"], ["domain", "pin-set", "domain-config", "trust-anchors"] + switches
        ),
        "debug-overrides": (["cleartextTrafficPermitted"], ["trust-anchors"] + switches),
        "domain": (["includeSubdomains"], []),
        "pin-set": (["expiration"], ["pin"]),
        "pin": (["digest"], []),
        "trust-anchors": ([], ["certificates"]),
        "certificates": (["src", "overridePins"], []),
        "certificateTransparency": (["enabled"], []),
        "domainEncryption": (["mode"], []),
    ]

    private static let switches = ["certificateTransparency", "domainEncryption"]
}
