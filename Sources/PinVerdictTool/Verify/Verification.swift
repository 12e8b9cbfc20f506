// SPDX-License-Identifier: Apache-2.0

import BuiltInBackends
import PinVerdictCore

/// Who has signed a policy, and what programs with these keys make of it.
struct Verification {
    private let file: InputFile
    private let outcome: Outcome
    private let now: Moment

    private enum Outcome {
        case signed(by: String, SigningKey, PolicySettings)
        /// Why the signature does not count.
        case refused(String)
    }

    init(policy: String, signature: String?, keys: [String], now: Moment) throws(Failure) {
        self.now = now
        var all = SigningKeys()
        var names: [(key: SigningKey, file: String)] = []
        for path in keys {
            let file = try InputFile(path, maximumSize: 1 << 20)
            let key: SigningKey
            do throws(SignatureProblem) {
                key = try SigningKey(file.bytes.span)
            } catch {
                throw Failure("\(file.name): \(String(error.message.span))")
            }
            guard all.add(key) else { throw Failure("\(file.name): a program has at most eight keys") }
            names.append((key, file.name))
        }
        let policyFile = try InputFile(policy)
        file = policyFile
        var alone: InputFile?
        if let signature { alone = try InputFile(signature, maximumSize: 1 << 20) }
        var message = policyFile.bytes.span
        let signer: SigningKey
        do throws(SignatureProblem) {
            if let alone {
                signer = try all.signer(of: message, Signature(alone: alone.bytes.span), BuiltInBackend.automatic)
            } else {
                let signature = try Signature(takenOff: &message)
                signer = try all.signer(of: message, signature, BuiltInBackend.automatic)
            }
        } catch {
            if case .backendFailure = error { throw Failure(String(error.message.span)) }
            outcome = .refused(String(error.message.span))
            return
        }
        let text = InputFile(policy, bytes: Array(policyFile.bytes.suffix(message.count)))
        let parsed = try PolicyFile.require(text, behindLines: alone == nil ? Signature.lines : 0)
        var name = ""
        for each in names where each.key == signer { name = each.file }
        outcome = .signed(by: name, signer, parsed.shared.settings)
    }

    /// Whether programs with these keys take the policy now.
    var isTaken: Bool {
        guard case .signed(_, _, let settings) = outcome else { return false }
        return !settings.refusesWhenStale || !isStale(settings)
    }

    private func isStale(_ settings: PolicySettings) -> Bool { settings.validUntil.map { now.seconds >= $0 } ?? false }

    private func lastDay(_ settings: PolicySettings) -> String? {
        settings.validUntil.map { DateText.text(days: Int32($0 / 86400 - 1)) }
    }

    var text: String {
        switch outcome {
        case .refused(let problem):
            return Colour.red.on("\(file.name): \(problem)") + "\n"
        case .signed(let name, let key, let settings):
            var report = Report()
            report.add("signed by", "\(String(key.id.text.span)), \(name)")
            report.add("serial", "\(settings.serial)")
            if let day = lastDay(settings) {
                let state = isStale(settings) ? "stale since then" : "up to date"
                let action = settings.refusesWhenStale ? "not loaded when stale" : "loaded all the same when stale"
                report.add("valid until", "the end of \(day), UTC: \(state); \(action)")
            }
            return report.text
        }
    }

    var members: [(name: String, value: JSON)] {
        switch outcome {
        case .refused(let problem):
            return [("file", .string(file.name)), ("signed", .bool(false)), ("problem", .string(problem))]
        case .signed(let name, let key, let settings):
            return [
                ("file", .string(file.name)), ("signed", .bool(true)), ("key", .string(name)),
                ("key_id", .string(String(key.id.text.span))), ("serial", .unsigned(settings.serial)),
                ("valid_until", JSON(lastDay(settings))), ("stale", .bool(isStale(settings))),
                ("on_stale", JSON(settings.validUntil == nil ? nil : settings.refusesWhenStale ? "refuse" : "keep")),
            ]
        }
    }
}
