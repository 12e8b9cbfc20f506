// SPDX-License-Identifier: Apache-2.0

/// The pins of a rule, wherever in the policy they stand.
extension Policy {
    /// Calls the body with the number of each pin of a rule, and with that of the set which it stands in, nil for the
    /// rule itself.
    public func forEachPin(of rule: Rule, _ body: (_ pin: Int, _ set: Int?) -> Void) {
        pins.forEachPin(of: rule, body)
    }

    /// Calls the body with each pin that a check of a host looks for, in the order of ``forEachPin(of:_:)``: with one
    /// that stands in several sections once. There is none where no rule decides, or where it or the policy is off.
    public func forEachDemandedPin(
        for host: borrowing HostName, environment: Int?, _ body: (Digest, PinTraits) -> Void
    ) {
        guard settings.enforcement != .off, let number = rule(for: host, environment: environment) else { return }
        let rule = rules[number]
        guard rule.enforcement != .off else { return }
        pins.forEachPin(of: rule) { pin, _ in
            let traits = pins.traits[pin]
            guard !isRepeated(pin, in: rule) else { return }
            body(pins.digests[pin], traits)
        }
    }

    /// Whether a section that comes before the pin's own has the same pin in the same list.
    private func isRepeated(_ pin: Int, in rule: Rule) -> Bool {
        for part in 0..<pins.partCount(of: rule) {
            for earlier in pins.part(part, of: rule).numbers {
                if earlier == pin { return false }
                if pins.digests[earlier] == pins.digests[pin], pins.traits[earlier] == pins.traits[pin] { return true }
            }
        }
        return false
    }
}
