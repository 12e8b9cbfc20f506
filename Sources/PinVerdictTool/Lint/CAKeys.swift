// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import CPosix
import PinVerdictCore

/// The keys of certificate authorities that are known: those of the list, and the roots of a trust store.
struct CAKeys {
    private var keys: [PinKey: CAKey] = [:]
    private var roots: [String: [CAKey]] = [:]

    subscript(_ key: PinKey) -> CAKey? { keys[key] }

    func roots(of authority: String) -> [CAKey] { roots[authority] ?? [] }

    /// - Parameters:
    ///   - list: A file like `ca-keys.tsv`; nil for the one that is built in.
    ///   - trustFile: Trust anchors in PEM; nil for the system's, where it has a bundle of them.
    init(list: String?, trustFile: String?) throws(Failure) {
        if let list {
            let file = try InputFile(list)
            try add(list: file.bytes, file.name)
        } else {
            try add(list: PackageResources.ca_keys_tsv, "the list of CA keys")
        }
        guard let trustFile = trustFile ?? CAKeys.systemBundle else {
            StandardError.write("there is no trust store: warnings about its roots are left out")
            return
        }
        try add(anchorsIn: InputFile(trustFile))
    }

    private static var systemBundle: String? {
        unsafe cposix_system_bundle().map { unsafe String(cString: $0) }
    }

    private mutating func add(list: [UInt8], _ name: String) throws(Failure) {
        let lines = String(decoding: list, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
            guard fields.count == 4, let role = CAKey.Role(rawValue: fields[3]), let digest = Digest(base64: fields[2])
            else {
                throw Failure("\(name):\(number + 1): not a line of authority, subject, pin-sha256 and role")
            }
            add(CAKey(authority: fields[0], subject: fields[1], role: role, pin: fields[2]), [(.spki, digest)])
        }
    }

    /// Certificates that cannot be read are no anchors of anybody.
    private mutating func add(anchorsIn file: InputFile) {
        for item in CertificateReader(file) {
            guard case .certificate(let encoded) = item, let summary = try? CertificateSummary(encoded, .automatic),
                let subject = summary.subject, let authority = CAKey.attribute("O", of: subject),
                let spki = summary.pins.first(where: { $0.kind == .spki })
            else { continue }
            let listed = keys[PinKey(spki.digest, .spki)]
            let key = listed ?? CAKey(authority: authority, subject: subject, role: .root, pin: spki.digest.base64)
            add(key, summary.pins)
        }
    }

    /// A key may be in several certificates.
    private mutating func add(_ key: CAKey, _ pins: [(kind: PinKind, digest: Digest)]) {
        let isNew = pins.first { $0.kind == .spki }.map { keys[PinKey($0.digest, .spki)] == nil } ?? false
        for pin in pins { keys[PinKey(pin.digest, pin.kind)] = key }
        if key.isRoot, isNew { roots[key.authority, default: []].append(key) }
    }
}
