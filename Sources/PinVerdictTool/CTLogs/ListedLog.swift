// SPDX-License-Identifier: Apache-2.0

/// A log of a list, as a policy has it.
struct ListedLog {
    let name: String
    /// Its SubjectPublicKeyInfo, in base64.
    let key: String
    let owner: String
    /// `YYYY-MM-DDThh:mm:ssZ`
    let retired: String?
    /// `YYYY-MM-DD`
    let certificatesUntil: String?

    var section: String {
        let lines = [
            "[ct-log \(name)]", "key = \(key)", "operator = \(owner)", retired.map { "retired = \($0)" },
            certificatesUntil.map { "certificates-until = \($0)" },
        ]
        return lines.compactMap { $0 }.map { $0 + "\n" }.joined()
    }
}
