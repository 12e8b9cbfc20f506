// SPDX-License-Identifier: Apache-2.0

/// A key of a certificate authority.
struct CAKey {
    /// What it is for; the names are those of `ca-keys.tsv`.
    enum Role: String {
        case root
        /// A root that is not yet in all trust stores.
        case newRoot = "new-root"
        case active
        /// An intermediate that may issue at any time.
        case standby
        case retired
    }

    /// Who holds it, such as "Let's Encrypt": of a root in a trust store, its organizationName.
    let authority: String
    /// RFC 4514 text, or what its certificate has instead.
    let subject: String
    let role: Role
    /// Base64 of its SubjectPublicKeyInfo's SHA-256, by which one key is told from another.
    let pin: String

    var isRoot: Bool { role == .root || role == .newRoot }

    /// The common name, else the whole subject.
    var name: String { CAKey.attribute("CN", of: subject) ?? subject }

    /// The value of an attribute of an RFC 4514 name, as it is escaped there.
    static func attribute(_ type: String, of name: String) -> String? {
        var parts = [""]
        var isEscaped = false
        for character in name {
            if character == ",", !isEscaped {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return parts.first { $0.hasPrefix(type + "=") }.map { String($0.dropFirst(type.utf8.count + 1)) }
    }
}
