// SPDX-License-Identifier: Apache-2.0

import PinVerdictCore

extension Enforcement {
    /// As policies write it.
    var name: String {
        switch self {
        case .off: "off"
        case .reportOnly: "report-only"
        case .enforce: "enforce"
        }
    }
}

extension Match {
    /// As policies write it.
    var name: String {
        switch self {
        case .any: "any"
        case .leaf: "leaf"
        case .ca: "ca"
        case .root: "root"
        }
    }
}
