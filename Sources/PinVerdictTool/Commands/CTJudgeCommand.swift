// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct CTJudgeCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "ct-judge",
        abstract: "Say of certificates that were issued whether they have the pins of their hosts.",
        discussion: """
            Looks in each certificate for hosts that a rule of the policy decides for, wildcards included, and checks \
            the certificate with its issuers under that rule. In a file a certificate stands before the one that has \
            issued it; there may be many. Issuers count where they have signed.

            Example: pinverdict ct-judge --policy pins.conf issued.pem

            With --certspotter it is what a hook of certspotter runs; pinverdict(1) has the script.

            Exits with 0 where nothing is found, 1 for findings, 2 for a bad policy, file or option.
            """)

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"), completion: .file())
    var policy: String

    @Option(help: ArgumentHelp("The environment of the checker.", valueName: "name"))
    var environment: String?

    @Flag(help: "Take the certificate from the variables that certspotter sets for its hook.")
    var certspotter = false

    @Flag(help: "Print certificates that have the pins, too.")
    var all = false

    @Flag(help: "Print JSON, an object in each line.")
    var json = false

    @Argument(help: ArgumentHelp("PEM or DER files; - is standard input.", valueName: "file"), completion: .file())
    var files: [String] = []

    /// What keeps the command from its work is on standard error alone: each line is a finding.
    var printsJSON: Bool { false }

    func validate() throws {
        try StandardInput.requireOnce([policy] + files)
        try PolicyOptions.require(environment: environment)
        guard certspotter != !files.isEmpty else {
            throw ValidationError("name files, or - for standard input, or give --certspotter")
        }
    }

    func run() throws {
        #if OpenSSL
            let file = try PolicyFile.require(policy)
            let judge = try CertificateJudge(file, environment: try file.environmentNumber(environment))
            var output = CTOutput(json: json, all: all)
            if certspotter {
                try judgeEvent(judge, &output)
            } else {
                for path in files {
                    for certificate in try CertificateBundle.read(path) {
                        try output.add(judge.findings(for: certificate))
                    }
                }
            }
            if output.hasAlarm { throw ExitCode.unfavourable }
        #else
            throw Failure("ct-judge needs OpenSSL, and this command was built without it")
        #endif
    }

    #if OpenSSL
        private func judgeEvent(_ judge: CertificateJudge, _ output: inout CTOutput) throws {
            switch try CertspotterEvent.read() {
            case .certificate(let path, let entry):
                for var certificate in try CertificateBundle.read(path) {
                    certificate.entry = entry
                    try output.add(judge.findings(for: certificate))
                }
            case .malformed(let entry, let words):
                try output.add([CTFinding(.unreadableNames, words, of: entry)])
            case .error(let words):
                try output.add([CTFinding(.behind, words, of: nil)])
            case .other(let name):
                StandardError.write("passed over: certspotter's event \(name.printable)")
            }
        }
    #endif
}

extension CTFinding {
    /// What certspotter says itself.
    fileprivate init(_ kind: Kind, _ words: String, of entry: LogEntryPlace?) {
        self.init(
            kind: kind, headline: words, details: entry.map { [("entry", "\($0.index) of \($0.log)")] } ?? [],
            members: [
                ("log", JSON(entry?.log)), ("entry", entry.map { .unsigned($0.index) } ?? .null),
                ("detail", .string(words)),
            ])
    }
}
