// SPDX-License-Identifier: Apache-2.0

/// Lists of pins by host, or by OkHttp's patterns.
struct JSONWriter: PinFormatWriter {
    static func text(of export: inout Export) -> String? {
        var members: [(name: String, value: JSON)] = []
        for rule in export.rules where export.keeps(rule, isInherited: true) {
            export.loseSettings(of: rule, but: [])
            let pins = rule.keys()
            guard !pins.isEmpty else {
                export.lose(rule, nil, "has no pin that is known there; it is left out")
                continue
            }
            if rule.isCovered {
                export.lose(
                    rule, nil, "another rule is for it too; OkHttp takes the pins of both, a policy this one's alone")
            }
            let prefix = rule.rule.includesSubdomains ? "**." : ""
            members.append((prefix + rule.pattern, .array(pins.map { .string("sha256/" + $0.base64) })))
        }
        return members.isEmpty ? nil : JSON.object(members).text
    }
}
