// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A protocol that begins in plain text and turns to TLS. What is said before is no more than that takes.
enum StartTLS: String, CaseIterable, ExpressibleByArgument {
    case smtp
    case imap
    case pop3
    case ftp
    case postgres
    case ldap
    case xmpp

    var port: UInt16 {
        switch self {
        case .smtp: 25
        case .imap: 143
        case .pop3: 110
        case .ftp: 21
        case .postgres: 5432
        case .ldap: 389
        case .xmpp: 5222
        }
    }

    /// A line that is said, and the answer to it.
    private struct Step {
        /// Nil for the server's greeting.
        let line: String?
        let answer: LineAnswer
        /// What the answer has to mention.
        var offer: String?
    }

    /// Of the protocols that speak in lines.
    private var steps: [Step] {
        switch self {
        case .smtp:
            [
                Step(line: nil, answer: .code("220")),
                Step(line: "EHLO localhost", answer: .code("250"), offer: "STARTTLS"),
                Step(line: "STARTTLS", answer: .code("220")),
            ]
        case .imap:
            [Step(line: nil, answer: .word("* OK")), Step(line: "a STARTTLS", answer: .tag("a"))]
        case .pop3:
            [Step(line: nil, answer: .word("+OK")), Step(line: "STLS", answer: .word("+OK"))]
        case .ftp:
            [Step(line: nil, answer: .code("220")), Step(line: "AUTH TLS", answer: .code("234"))]
        case .postgres, .ldap, .xmpp:
            []
        }
    }

    /// Has the server turn to TLS. Nothing may come behind its last answer: who injects plain text there would have it
    /// taken for what came by TLS.
    func begin(on socket: Socket, host: String) throws(NotReached) {
        var dialogue = PlainDialogue(socket)
        switch self {
        case .postgres: try askPostgres(&dialogue)
        case .ldap: try askLDAP(&dialogue)
        case .xmpp: try askXMPP(&dialogue, host)
        default:
            for step in steps {
                if let line = step.line { try dialogue.say(line + "\r\n") }
                let answer = try dialogue.answer(step.answer)
                guard let offer = step.offer else { continue }
                let isOffered = answer.contains { $0.dropFirst(4).uppercased() == offer }
                guard isOffered else { throw NotReached("the server does not offer STARTTLS on this port") }
            }
        }
        try dialogue.end()
    }

    /// SSLRequest: its length, and a number that is no version of the protocol.
    private func askPostgres(_ dialogue: inout PlainDialogue) throws(NotReached) {
        try dialogue.say([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
        switch try dialogue.bytes(1)[0] {
        case UInt8(ascii: "S"): return
        case UInt8(ascii: "N"): throw NotReached("the server does not offer TLS (ssl = off)")
        default: throw NotReached("the server does not speak postgres")
        }
    }

    /// The extended request 1.3.6.1.4.1.1466.20037 (RFC 4511, 4.14), with the message number 1.
    private func askLDAP(_ dialogue: inout PlainDialogue) throws(NotReached) {
        let name = Array("1.3.6.1.4.1.1466.20037".utf8)
        let request = [0x77, UInt8(name.count + 2), 0x80, UInt8(name.count)] + name
        try dialogue.say([0x30, UInt8(request.count + 3), 0x02, 0x01, 0x01] + request)
        let header = try dialogue.bytes(2)
        guard header[0] == 0x30 else { throw NotReached("the server does not speak ldap") }
        var length = Int(header[1])
        if length >= 0x80 {
            let octets = length & 0x7f
            guard octets >= 1, octets <= 4 else { throw NotReached("the server does not speak ldap") }
            length = try dialogue.bytes(octets).reduce(0) { $0 << 8 | Int($1) }
        }
        guard length <= PlainDialogue.longestLine else { throw NotReached("the server's answer is too long for ldap") }
        let response = try dialogue.bytes(length)
        // The message number 1, and an ExtendedResponse, which begins with the result code.
        guard response.starts(with: [0x02, 0x01, 0x01, 0x78]),
            let start = response.dropFirst(4).firstIndex(of: 0x0a), start <= 9, response.count > start + 2,
            response[start + 1] == 1
        else { throw NotReached("the server does not speak ldap") }
        let code = response[start + 2]
        guard code == 0 else { throw NotReached("the server does not start TLS: LDAP result code \(code)") }
    }

    private func askXMPP(_ dialogue: inout PlainDialogue, _ host: String) throws(NotReached) {
        try dialogue.say(
            "<?xml version='1.0'?><stream:stream to='\(host)' version='1.0' xmlns='jabber:client' "
                + "xmlns:stream='http://etherx.jabber.org/streams'>")
        let features = try dialogue.text(through: ["</stream:features>", "<stream:features/>", "</stream:stream>"])
        guard features.contains("urn:ietf:params:xml:ns:xmpp-tls") else {
            throw NotReached("the server does not offer STARTTLS on this port")
        }
        try dialogue.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        let answer = try dialogue.text(through: [">"])
        guard answer.contains("<proceed") else {
            throw NotReached("the server does not start TLS: it said \"\(answer.printable)\"")
        }
        // Servers that write the empty element in two tags.
        if !answer.hasSuffix("/>") { _ = try dialogue.text(through: ["</proceed>"]) }
    }
}
