// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The value of `--propose`: whose key a proposed policy pins.
enum ProposalChoice: String, CaseIterable, ExpressibleByArgument {
    case leaf
    case ca

    /// The key of a policy under which the pins stand.
    var pinKey: String {
        switch self {
        case .leaf: "pin-sha256"
        case .ca: "ca-pin-sha256"
        }
    }

    /// What pins of such keys mean, and cost.
    var advice: [String] {
        switch self {
        case .leaf:
            [
                "The keys of the servers themselves are pinned: no other key passes, from whatever CA.",
                "What that costs at the next renewal: it has to keep the key (such as certbot --reuse-key), or the",
                "pin of the new key has to be here, and with every client, before the server gets it.",
                "The backup is a key that you make now and keep offline, for the day on which the one in use is lost:",
                "`pinverdict pin` prints its pin.",
            ]
        case .ca:
            [
                "The keys of the CAs at the end of the paths are pinned: every certificate of such a CA for the host",
                "passes, whoever got it.",
                "What that costs at the next renewal: nothing while the CA stays and issues below the same root, with",
                "whatever key; with another CA, or another root of this one, every connection is refused. Pins of",
                "intermediates would be narrower, but CAs replace those without notice.",
                "The backup is the root of another CA that you would go to: `pinverdict pin` prints its pin.",
            ]
        }
    }
}
