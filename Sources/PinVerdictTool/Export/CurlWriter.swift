// SPDX-License-Identifier: Apache-2.0

/// The value of curl's `--pinnedpubkey`, for one host.
struct CurlWriter: PinFormatWriter {
    static func text(of export: inout Export) -> String? {
        guard let host = export.hosts.first, let rule = export.rule(for: host), export.keeps(rule) else { return nil }
        export.loseSettings(of: rule, but: [.lists, .match, .maxDepth, .backups])
        let isLeafs = rule.rule.match == .any || rule.rule.match == .leaf
        let pins = rule.keys { $0.traits.list == .leaf || $0.traits.list == .any && isLeafs }
        let others = rule.keys { pin in !pins.contains(pin.digest) }
        if !others.isEmpty {
            export.lose(rule, nil, "pins of CAs: curl looks at the leaf's key alone; they are left out")
        } else if rule.rule.match == .any, rule.pins.contains(where: { $0.traits.list == .any }) {
            export.lose(rule, nil, "a pin may be a CA's; curl looks at the leaf's key alone")
        }
        guard !pins.isEmpty else { return nil }
        return pins.map { "sha256//" + $0.base64 }.joined(separator: ";") + "\n"
    }
}
