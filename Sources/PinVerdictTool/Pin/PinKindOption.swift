// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PinVerdictCore

/// The value of `--kind`.
enum PinKindOption: String, ExpressibleByArgument, CaseIterable {
    case spki
    case key
    case certificate

    var kind: PinKind {
        switch self {
        case .spki: .spki
        case .key: .key
        case .certificate: .certificate
        }
    }
}
