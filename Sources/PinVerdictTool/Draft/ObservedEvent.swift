// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import PinVerdictCore

/// An event as it stands on a line of JSON (RFC 7469, section 3, and what we add), as far as a draft needs it.
struct ObservedEvent {
    let host: String
    /// As checks came to an end; nil where the report does not say.
    let reason: String?
    /// Days since 1970-01-01.
    let day: Int32
    /// The checks that the event stands for.
    let checks: UInt64
    let isTruncated: Bool
    /// In DER, leaf first.
    let path: [[UInt8]]

    /// Bytes of a line: 16 KiB of certificates are 22 in PEM.
    static let maximumLine = 1 << 18

    private struct Members: Decodable {
        let time: String
        let hostname: String
        let reason: String?
        let repeats: UInt64?
        let truncated: Bool?
        let path: [String]

        enum CodingKeys: String, CodingKey {
            case time = "date-time"
            case hostname, reason, repeats, truncated
            case path = "validated-certificate-chain"
        }
    }

    /// Throws what is wrong with the line.
    init(_ line: [UInt8]) throws(Failure) {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: Data(line))
        } catch DecodingError.keyNotFound(let key, _) {
            throw Failure("not an event: it has no \(key.stringValue)")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            throw Failure("not an event: \(context.codingPath.first?.stringValue ?? "it") has a value of another type")
        } catch {
            throw Failure("not JSON, nested too deeply, or with a number that is out of range")
        }
        guard let name = HostName(Array(members.hostname.utf8).span) else {
            throw Failure(MalformedHost.message(String(members.hostname.prefix(HostName.maximumLength))))
        }
        let date = Array(members.time.utf8.prefix(10))
        guard let day = PolicyDate.days(date.span), day >= 0 else {
            throw Failure("date-time \"\(String(members.time.prefix(40)).printable)\" does not begin with a date")
        }
        host = String(name.text.span)
        reason = members.reason
        self.day = day
        checks = (members.repeats ?? 0).addingReportingOverflow(1).overflow ? .max : (members.repeats ?? 0) + 1
        isTruncated = members.truncated ?? false
        guard members.path.count <= Limits.certificates else {
            throw Failure("a path of more than \(Limits.certificates) certificates")
        }
        var path: [[UInt8]] = []
        for (depth, text) in members.path.enumerated() {
            var reader = CertificateReader(InputFile("", bytes: Array(text.utf8)))
            guard case .certificate(let certificate) = reader.next(), reader.next() == nil else {
                throw Failure("certificate \(depth + 1) of the path is not one in PEM")
            }
            path.append(certificate.bytes)
        }
        self.path = path
    }

    /// Whether the path is one that the TLS library has validated and no policy forbids: what pins may be made of. Of
    /// reasons that are not known, it is not.
    var isUsable: Bool {
        guard let reason else { return true }
        return ["matched", "not-pinned", "no-match", "pins-expired"].contains(reason)
    }

    /// A policy has let the path through.
    var isExpected: Bool { reason == "matched" || reason == "not-pinned" }
}
