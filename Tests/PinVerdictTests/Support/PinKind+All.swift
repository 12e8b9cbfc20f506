// SPDX-License-Identifier: Apache-2.0

@testable import PinVerdictCore

extension PinKind {
    static var all: [PinKind] { (0..<count).compactMap(PinKind.init(index:)) }
}
