// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What certspotter runs its hook for, as the environment says it: certspotter-script(8).
enum CertspotterEvent {
    /// The file has a certificate, and its issuers behind it.
    case certificate(file: String, LogEntryPlace?)
    case malformed(LogEntryPlace?, words: String)
    /// Logs are not being followed.
    case error(words: String)
    /// An event that later versions may have.
    case other(name: String)

    static func read() throws(Failure) -> CertspotterEvent {
        guard let name = variable("EVENT") else {
            throw Failure("EVENT is not set: --certspotter is for the hook that certspotter -script runs")
        }
        let summary = variable("SUMMARY") ?? name
        let entry = variable("LOG_URI").flatMap { log in
            variable("ENTRY_INDEX").flatMap { UInt64($0) }.map { LogEntryPlace(log: log, index: $0, timestamp: nil) }
        }
        switch name {
        case "discovered_cert":
            guard let file = variable("CERT_FILENAME") else {
                throw Failure("CERT_FILENAME is not set: certspotter keeps no files under -no_save")
            }
            return .certificate(file: file, entry)
        case "malformed_cert":
            return .malformed(entry, words: variable("PARSE_ERROR") ?? summary)
        case "error":
            return .error(words: summary)
        default:
            return .other(name: name)
        }
    }

    /// Nil where it is not set, or empty.
    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
