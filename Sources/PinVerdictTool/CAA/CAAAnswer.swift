// SPDX-License-Identifier: Apache-2.0

/// What the DNS says of one name's CAA records.
struct CAAAnswer {
    /// Empty where the name has none, or does not exist.
    var records: [CAARecord] = []
    /// How many could not be read.
    var malformed = 0
    /// Whether DNSSEC proves it, that there are none included.
    var isSecure = false
    /// Why DNSSEC proves it false (RFC 4035, section 4.3).
    var bogus: String?

    var isEmpty: Bool { records.isEmpty && malformed == 0 && bogus == nil }
}

/// The relevant record set of a name: its own, or that of the nearest name above which has one (RFC 8659, section 3).
struct RelevantCAA {
    /// Whose records they are; nil where there are none up to the top.
    let name: String?
    let answer: CAAAnswer
    /// The first name on the way whose answer was not signed.
    let insecureName: String?

    var records: [CAARecord] { answer.records }

    /// Those who may issue a certificate for the name; nil where everybody may.
    func issuers(ofWildcards: Bool) -> [CAARecord]? {
        let named = records.filter { $0.tag == "issue" }
        guard ofWildcards else { return named.isEmpty ? nil : named }
        let wild = records.filter { $0.tag == "issuewild" }
        return wild.isEmpty ? (named.isEmpty ? nil : named) : wild
    }
}
