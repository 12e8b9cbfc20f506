// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The value of `--propose`: whose key a proposed policy pins.
enum ProposalChoice: String, CaseIterable, ExpressibleByArgument {
    case leaf
    case ca
}
