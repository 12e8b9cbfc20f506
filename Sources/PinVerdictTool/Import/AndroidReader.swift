// SPDX-License-Identifier: Apache-2.0

/// Android's network security configuration.
struct AndroidReader: PinFormatReader {
    static let name = "an Android network security configuration"

    private let text: ImportedText
    private var policy: ImportedPolicy
    private var setCount = 0

    /// Pins that hold for a domain-config and, unless they have their own, for those in it.
    private struct Pins {
        /// Nil for an empty pin-set.
        let set: Int?
        let lastDay: Int32?
    }

    static func read(_ text: ImportedText, into policy: inout ImportedPolicy) throws(Failure) {
        let root = try XMLDocument.root(of: text)
        guard root.name == "network-security-config" else {
            throw text.mistake(
                root.line,
                "not an Android network security configuration: its root is \(ImportedText.quoted(root.name))")
        }
        var reader = AndroidReader(text: text, policy: policy)
        try reader.loseUnknown(in: root)
        for child in root.children {
            if child.name == "domain-config" {
                try reader.read(child, inheriting: nil)
            } else {
                reader.loseForeign(child)
            }
        }
        policy = reader.policy
    }

    private init(text: ImportedText, policy: ImportedPolicy) {
        self.text = text
        self.policy = policy
    }

    private mutating func read(_ config: XMLElement, inheriting outer: Pins?) throws(Failure) {
        loseAttributes(of: config)
        let pinSets = config.children(named: "pin-set")
        guard pinSets.count <= 1 else {
            throw text.mistake(pinSets[1].line, "a domain-config has one pin-set at most")
        }
        let pins = try pinSets.first.map { element throws(Failure) in try readPins(element) } ?? outer
        let domains = config.children(named: "domain")
        guard !domains.isEmpty else { throw text.mistake(config.line, "a domain-config names a domain") }
        for domain in domains { try read(domain, pins) }
        for child in config.children {
            switch child.name {
            case "domain", "pin-set": continue
            case "domain-config": try read(child, inheriting: pins)
            default: loseForeign(child)
            }
        }
    }

    private mutating func read(_ domain: XMLElement, _ pins: Pins?) throws(Failure) {
        let includesSubdomains: Bool
        switch domain.attributes["includeSubdomains"] {
        case nil, "false", "FALSE", "0": includesSubdomains = false
        case "true", "TRUE", "1": includesSubdomains = true
        case let value?:
            throw text.mistake(
                domain.line, "includeSubdomains is true or false; found \(ImportedText.quoted(value))")
        }
        try policy.addHost(domain.text, domain.line) { host in
            host.includesSubdomains = includesSubdomains
            host.lastDay = pins?.lastDay
            host.set = pins?.set
        }
    }

    private mutating func readPins(_ element: XMLElement) throws(Failure) -> Pins {
        let lastDay = try element.attributes["expiration"].map { date throws(Failure) in
            try policy.lastDay(before: date, element.line)
        }
        let pins = element.children(named: "pin")
        guard !pins.isEmpty else { return Pins(set: nil, lastDay: nil) }
        if lastDay != nil {
            policy.note(
                "Android looks at no pins from the beginning of the day of expiration, local time; here that is UTC."
            )
        }
        setCount += 1
        let set = policy.addSet("android-\(setCount)", element.line)
        for pin in pins {
            guard pin.attributes["digest"] == "SHA-256" else {
                throw text.mistake(pin.line, "a pin has digest=\"SHA-256\"; Android takes no other")
            }
            try policy.addPin(pin.text, toSet: set, pin.line)
        }
        return Pins(set: set, lastDay: lastDay)
    }

    // ------------------------------------------------------------------------------------------------- losses

    /// What pins have nothing to do with, by its element's name, and what becomes of it.
    private static let foreign = [
        "base-config": "what holds for hosts without a rule is for the checker's trust file and [policy] to say",
        "trust-anchors": "whom to trust is for the checker's trust file to say",
        "debug-overrides": "a policy has no debug builds; see environments in pinverdict-policy(5)",
        "certificateTransparency": "a policy asks for it by require-scts, and names the logs; see pinverdict ct-logs",
        "domainEncryption": "a policy does not say how names are encrypted",
    ]

    private mutating func loseForeign(_ element: XMLElement) {
        guard let what = AndroidReader.foreign[element.name] else { return }
        policy.losses.add(element.line, "\(element.name): \(what)")
        loseAttributes(of: element)
        for child in element.children {
            loseForeign(child)
            if child.name == "certificates" { loseOverride(child) }
        }
    }

    /// It has chains to some roots pass without a look at pins.
    private mutating func loseOverride(_ certificates: XMLElement) {
        guard let value = certificates.attributes["overridePins"], value != "false" else { return }
        policy.losses.add(
            certificates.line, "overridePins: here pins hold whoever the root is, and none is passed over")
    }

    private mutating func loseAttributes(of element: XMLElement) {
        guard element.attributes["cleartextTrafficPermitted"] != nil else { return }
        policy.losses.add(element.line, "cleartextTrafficPermitted: a policy is about TLS alone")
    }

    /// What Android's documentation does not have, or not there. Attributes with a prefix are for other tools.
    private mutating func loseUnknown(in element: XMLElement) throws(Failure) {
        guard let known = AndroidVocabulary.elements[element.name] else { return }
        for name in element.attributes.keys.sorted() where !known.attributes.contains(name) {
            guard !name.contains(":"), name != "xmlns" else { continue }
            try text.requireCase(of: name, element.line, in: known.attributes)
            policy.losses.add(
                element.line,
                "\(ImportedText.quoted(name)): no attribute of \(element.name) in Android's documentation")
        }
        for child in element.children {
            if known.children.contains(child.name) {
                try loseUnknown(in: child)
                continue
            }
            try text.requireCase(of: child.name, child.line, in: AndroidVocabulary.elements.keys)
            let pins = child.children.count(where: { $0.name == "pin" })
            let what =
                if child.name == "pin-set" {
                    element.name == "base-config"
                        ? "\(counted(pins, "pin")) for all hosts; a policy has pins for hosts that it names"
                        : "\(counted(pins, "pin")) outside of a domain-config, for no host"
                } else {
                    "no element of \(element.name) in Android's documentation"
                }
            policy.losses.add(child.line, "\(ImportedText.quoted(child.name)): \(what)")
        }
    }
}
